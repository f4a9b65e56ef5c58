package kube

import (
	"io"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"

	utilnet "k8s.io/apimachinery/pkg/util/net"
)

// restartPatience is how long an API server may be away that has answered before. It is below requestTimeout, so that
// the error says what the matter is.
const restartPatience = 20 * time.Second

// patient sends a request again when an API server that has answered before is suddenly away: it is being started
// again, or another one takes its place. One that has never answered is waited for with WaitForAccess.
//
// Whatever is asked here may be asked twice: what is applied or patched is the same afterwards, and what has gone
// already counts as deleted.
type patient struct {
	next     http.RoundTripper
	answered atomic.Bool
}

func newPatient(next http.RoundTripper) http.RoundTripper { return &patient{next: next} }

// RoundTrip implements http.RoundTripper.
func (p *patient) RoundTrip(request *http.Request) (*http.Response, error) {
	until := time.Now().Add(restartPatience)
	for {
		response, err := p.next.RoundTrip(request)
		if err == nil {
			p.answered.Store(true)
			return response, nil
		}
		if !p.answered.Load() || !interrupted(err) || !p.awaitReady(request, until) {
			return nil, err
		}
		repeated := request.Clone(request.Context())
		if request.GetBody != nil {
			if repeated.Body, err = request.GetBody(); err != nil {
				return nil, err
			}
		}
		request = repeated
	}
}

// interrupted tells whether the API server, and not the way in which it is asked, is to blame for an error.
func interrupted(err error) bool {
	return utilnet.IsConnectionRefused(err) || utilnet.IsConnectionReset(err) || utilnet.IsProbableEOF(err) ||
		utilnet.IsHTTP2ConnectionLost(err)
}

// awaitReady waits until the API server says that it is ready: one that is starting refuses everybody for a moment,
// because it has not read yet who may do what.
func (p *patient) awaitReady(request *http.Request, until time.Time) bool {
	if request.Body != nil && request.GetBody == nil {
		return false
	}
	for {
		select {
		case <-request.Context().Done():
			return false
		case <-time.After(Interval):
		}
		if time.Now().After(until) {
			return false
		}
		question := request.Clone(request.Context())
		question.Method, question.Body, question.GetBody, question.ContentLength = http.MethodGet, nil, nil, 0
		question.URL = &url.URL{Scheme: request.URL.Scheme, Host: request.URL.Host, Path: "/readyz"}
		answer, err := p.next.RoundTrip(question)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<16))
		_ = answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return true
		}
	}
}
