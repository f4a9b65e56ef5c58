package moto

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
)

// Options configures an Account.
type Options struct {
	// ToolsDir holds moto in the folder moto, which `make witness-tools` makes.
	ToolsDir   string
	Region     string
	AccountID  string
	Backend    aws.ClusterBackend
	Supervisor *process.Supervisor
	Log        *slog.Logger
}

// Account is one account of moto's, as it is seen in a region: [New] returns it in the home region, and the rest is
// below that one.
type Account struct {
	options     Options
	emulator    *url.URL
	proxy       *httputil.ReverseProxy
	credentials []aws.Credential
	eks         *controlPlane
	background  *sync.WaitGroup

	mu sync.Mutex
	// elsewhere is the account in the regions in which it was used, but for the home region.
	elsewhere map[string]*Account
}

// startTimeout is how long moto may take to answer; most of it is Python's loading of its modules.
const startTimeout = time.Minute

// New starts moto and waits until it answers. ctx bounds what goes on in the background.
func New(ctx context.Context, o Options) (*Account, error) {
	python := filepath.Join(o.ToolsDir, "moto", "bin", "python3")
	if _, err := os.Stat(python); err != nil {
		return nil, fmt.Errorf("looking for moto: %w; build it with `make witness-tools`", err)
	}
	port, err := ports.Free()
	if err != nil {
		return nil, err
	}
	a := &Account{
		options: o, emulator: &url.URL{Scheme: "http", Host: ports.Address(port)}, background: &sync.WaitGroup{},
		elsewhere: map[string]*Account{},
	}
	a.proxy = httputil.NewSingleHostReverseProxy(a.emulator)
	a.proxy.ModifyResponse = a.mendTemplates
	a.eks = newControlPlane(ctx, a)
	host, number, _ := strings.Cut(a.emulator.Host, ":")
	if _, err := o.Supervisor.Start(process.Command{
		Name: "moto", Path: python, Args: []string{"-m", "moto.server", "--host", host, "--port", number},
		Env: []string{
			"MOTO_ACCOUNT_ID=" + o.AccountID,
			// Without these AWS's own policies are not there to be attached, and its images would take seconds to load.
			"MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_EC2_LOAD_DEFAULT_AMIS=false",
		},
	}); err != nil {
		return nil, err
	}
	if err := a.await(ctx); err != nil {
		return nil, err
	}
	if err := a.addPrincipals(ctx); err != nil {
		return nil, err
	}
	return a, a.addBucket(ctx)
}

func (a *Account) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		_, err := a.send(ctx, http.MethodGet, "/moto-api/", "", nil, nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for moto to answer: %w (%w)", ctx.Err(), err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Wait returns when nothing goes on any more. End the context given to [New] first.
func (a *Account) Wait() { a.background.Wait() }

// Credentials are the access keys of the administrator, of a user called outsider whom no cluster knows, and of a role
// called portal.
func (a *Account) Credentials() []aws.Credential { return a.credentials }

// Handler is what the AWS SDKs talk to. The simulated AWS is below a path; this one has a server of its own, because S3
// and EKS have paths of theirs.
func (a *Account) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serviceOf(r) == "eks" {
			a.in(regionOf(r)).eks.ServeHTTP(w, r)
			return
		}
		a.proxy.ServeHTTP(w, r)
	})
}

// scopeOf is the scope that a request was signed for: access key, date, region, service.
func scopeOf(r *http.Request) []string {
	_, credential, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	credential, _, _ = strings.Cut(credential, ",")
	return strings.Split(credential, "/")
}

func serviceOf(r *http.Request) string {
	if scope := scopeOf(r); len(scope) == 5 {
		return scope[3]
	}
	return ""
}

func regionOf(r *http.Request) string {
	if scope := scopeOf(r); len(scope) == 5 {
		return scope[2]
	}
	return ""
}

// in is the account in a region; without one, in the home region.
func (a *Account) in(region string) *Account {
	if region == "" || region == a.options.Region {
		return a
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	there := a.elsewhere[region]
	if there == nil {
		options := a.options
		options.Region, options.Backend = region, aws.BackendIn(a.options.Backend, region)
		there = &Account{
			options: options, emulator: a.emulator, proxy: a.proxy, credentials: a.credentials, background: a.background,
		}
		there.eks = newControlPlane(a.eks.ctx, there)
		a.elsewhere[region] = there
	}
	return there
}

// callerOf is the principal who signed a request. Signatures are not verified: moto does not either, and whoever
// reaches this server is on this machine.
func (a *Account) callerOf(r *http.Request) string {
	for _, c := range a.credentials {
		if c.AccessKeyID == scopeOf(r)[0] {
			return c.PrincipalARN
		}
	}
	return ""
}

// failure is an error that moto answers.
type failure struct {
	status int
	header http.Header
	body   []byte
}

func (f *failure) Error() string { return fmt.Sprintf("moto answers %d: %s", f.status, f.body) }

// send asks moto something on the account's own behalf.
func (a *Account) send(
	ctx context.Context, method, path, service string, header map[string]string, body []byte,
) ([]byte, error) {
	target, content := a.emulator.String()+path, bytes.NewReader(body)
	request, err := http.NewRequestWithContext(ctx, method, target, content) //nolint:gosec // moto is a child of ours
	if err != nil {
		return nil, fmt.Errorf("making a request to moto: %w", err)
	}
	// moto reads the service and the region from here, and does not look at the signature.
	scope := "AKIALOCALCLOUD/20260101/" + a.options.Region + "/" + service + "/aws4_request"
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+scope+", SignedHeaders=host, Signature=none")
	for name, value := range header {
		request.Header.Set(name, value)
	}
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	response, err := client.Do(request) //nolint:gosec // as above
	if err != nil {
		return nil, fmt.Errorf("asking moto: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("reading moto's answer: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return nil, &failure{status: response.StatusCode, header: response.Header, body: answer}
	}
	return answer, nil
}

// asFailure is the answer of moto in an error, if it is one.
func asFailure(err error) (*failure, bool) {
	var f *failure
	ok := errors.As(err, &f)
	return f, ok
}
