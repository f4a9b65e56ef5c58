package moto

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// The states and error codes of EKS.
const (
	creating = "CREATING"
	active   = "ACTIVE"
	deleting = "DELETING"

	invalidParameter = "InvalidParameterException"
	notFound         = "ResourceNotFoundException"
	inUse            = "ResourceInUseException"
)

// controlPlane is EKS: moto's, and what moto lacks.
type controlPlane struct {
	account *Account
	ctx     context.Context //nolint:containedctx // it is the account's lifetime
	mux     *http.ServeMux
	tagging *http.ServeMux

	mu       sync.Mutex
	clusters map[string]*cluster
}

// cluster is what is known of a cluster beside moto's record.
type cluster struct {
	// overlay is laid over what moto answers.
	overlay object
	// last is what moto answered when it was told to delete the cluster, which goes on meanwhile.
	last       object
	group      string
	nodeGroups map[string]*nodeGroup
	addons     map[string]object
	entries    map[string]object
	// policies are the access policies by principal and policy.
	policies   map[string]map[string]object
	identities map[string]object
	updates    map[string]object
}

func newControlPlane(ctx context.Context, a *Account) *controlPlane {
	c := &controlPlane{account: a, ctx: ctx, mux: http.NewServeMux(), clusters: map[string]*cluster{}}
	c.routeClusters()
	c.routeNodeGroups()
	c.routeAddons()
	c.routeAccess()
	c.routeIdentities()
	c.routeTags()
	// The rest is moto's: lists, Fargate profiles and tags of what it knows.
	c.mux.Handle("/", a.proxy)
	return c
}

func (c *controlPlane) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.mux.ServeHTTP(w, r) }

// eksError is an error that EKS answers.
type eksError struct{ code, message string }

func (e *eksError) Error() string { return e.code + ": " + e.message }

func refuse(code, format string, values ...any) error {
	return &eksError{code: code, message: fmt.Sprintf(format, values...)}
}

// handle registers what answers a request. It runs with the lock held, so it must not wait.
func (c *controlPlane) handle(pattern string, answer func(*http.Request, object) (object, error)) {
	handleOn(c.mux, c, pattern, answer)
}

func handleOn(mux *http.ServeMux, c *controlPlane, pattern string, answer func(*http.Request, object) (object, error)) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		request := object{}
		if err == nil && len(bytes.TrimSpace(body)) > 0 {
			err = json.Unmarshal(body, &request)
		}
		if err != nil {
			writeError(w, refuse("ClientException", "reading the request: %v", err))
			return
		}
		c.mu.Lock()
		result, err := answer(r, request)
		c.mu.Unlock()
		if err != nil {
			writeError(w, err)
			return
		}
		writeJSON(w, http.StatusOK, result)
	})
}

func writeError(w http.ResponseWriter, err error) {
	if f, ok := asFailure(err); ok {
		for _, name := range []string{"Content-Type", "X-Amzn-ErrorType"} {
			if value := f.header.Get(name); value != "" {
				w.Header().Set(name, value)
			}
		}
		w.WriteHeader(f.status)
		_, _ = w.Write(f.body) // a caller that has hung up is nothing to report
		return
	}
	status, code := http.StatusInternalServerError, "ServerException"
	var known *eksError
	message := err.Error()
	if errors.As(err, &known) {
		status, code, message = http.StatusBadRequest, known.code, known.message
	}
	switch code {
	case notFound:
		status = http.StatusNotFound
	case inUse:
		status = http.StatusConflict
	}
	w.Header().Set("X-Amzn-ErrorType", code)
	writeJSON(w, status, object{"__type": code, "message": message})
}

func writeJSON(w http.ResponseWriter, status int, content object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(content) // as above
}

// ask asks moto's EKS.
func (c *controlPlane) ask(ctx context.Context, method, path string, request object) (object, error) {
	var body []byte
	if request != nil {
		var err error
		if body, err = json.Marshal(request); err != nil {
			return nil, fmt.Errorf("encoding a request to moto: %w", err)
		}
	}
	content, err := c.account.send(ctx, method, path, "eks", map[string]string{"Content-Type": "application/json"}, body)
	if err != nil {
		return nil, err
	}
	var answer object
	if err := json.Unmarshal(content, &answer); err != nil {
		return nil, fmt.Errorf("decoding moto's answer: %w", err)
	}
	return answer, nil
}

// find is the cluster that a request names.
func (c *controlPlane) find(r *http.Request) (*cluster, error) {
	name := r.PathValue("cluster")
	if found := c.clusters[name]; found != nil {
		return found, nil
	}
	return nil, refuse(notFound, "No cluster found for name: %s.", name)
}

// later runs what takes time, and locks for what comes of it.
func (c *controlPlane) later(work func(context.Context) error, done func(error)) {
	c.account.background.Go(func() {
		err := work(c.ctx)
		c.mu.Lock()
		defer c.mu.Unlock()
		done(err)
	})
}

func now() float64 { return float64(time.Now().UnixMilli()) / 1000 }
