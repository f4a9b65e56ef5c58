package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/cloudcontrollers"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/fluxcontrollers"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/gitserver"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/layout"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/ports"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/process"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/registry"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/sample"
)

// The account and region of the simulated AWS.
const (
	Region    = "us-west-2"
	AccountID = "123456789012"
)

// Options configures a daemon.
type Options struct {
	Dir      layout.Dir
	ToolsDir string
	// SampleRepository is the name of the git repository that the sample application is put into, if it is not there
	// yet. Empty means none.
	SampleRepository string
	// AWS says which AWS there is: api.Simulator, api.Moto or api.External.
	AWS string
	// Hollow makes clusters that are records with no servers behind them.
	Hollow bool
	// Latency is how many seconds a second of AWS's takes; the simulated AWS alone knows AWS's durations.
	Latency float64
	// Quotas is how many times the quotas of the simulated AWS are what a new account has; 0 is 1.
	Quotas int
	Log    *slog.Logger
}

// daemon holds the parts.
type daemon struct {
	options     Options
	ports       daemonPorts
	supervisor  *process.Supervisor
	flux        *fluxcontrollers.Manager
	controllers *cloudcontrollers.Manager
	backend     *kube.Backend
	cloud       account
	// simulated is the same account, if it is the simulated one.
	simulated *aws.Cloud
	region    string
	git       *gitserver.Server
	images    []string
	signerKey string
	shutdown  context.CancelFunc
}

// daemonPorts are the daemon's own ports.
type daemonPorts struct {
	HTTP     int `json:"http"`
	Registry int `json:"registry"`
	// AWS is the port of an AWS that the AWS SDKs talk to, if there is one.
	AWS int `json:"aws,omitempty"`
}

// account is what the daemon needs of an AWS account.
type account interface {
	// Authenticate says who the owner of a token is in a cluster.
	Authenticate(cluster, token string) (aws.Identity, error)
	Credentials() []aws.Credential
	Resources(ctx context.Context) ([]aws.Resource, error)
	Wait()
}

// Run runs a daemon until ctx ends or a client asks it to stop.
func Run(ctx context.Context, o Options) (err error) {
	if err := os.MkdirAll(o.Dir.Logs(), 0o755); err != nil {
		return fmt.Errorf("making the folder of the local cloud: %w", err)
	}
	unlock, err := lock(o.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	if err := forgetConnection(o.Dir); err != nil { // that of a daemon that was killed
		return err
	}
	ctx, shutdown := context.WithCancel(ctx)
	defer shutdown()
	d := &daemon{options: o, region: Region, shutdown: shutdown}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.open(ctx); err != nil {
		return err
	}
	o.Log.Info("ready", "endpoint", d.endpoint())
	<-ctx.Done()
	o.Log.Info("stopping")
	return nil
}

// lock keeps a second daemon out of the folder. The kernel takes the lock away when the process ends, however it does.
func lock(dir layout.Dir) (unlock func(), err error) {
	file, err := os.OpenFile(dir.Lock(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the lock of the local cloud: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking %s: %w; another daemon runs there: stop it with `localcloud stop --dir %s`",
			dir.Lock(), err, dir)
	}
	return func() { _ = file.Close() }, nil
}

func (d *daemon) open(ctx context.Context) error {
	o := d.options
	if err := d.choosePorts(); err != nil {
		return err
	}
	d.supervisor = process.NewSupervisor(o.Dir.Logs(), string(o.Dir))
	var err error
	d.flux, err = fluxcontrollers.NewManager(fluxcontrollers.Options{
		ToolsDir: o.ToolsDir, Supervisor: d.supervisor, Log: o.Log,
	})
	if err != nil {
		return err
	}
	d.controllers = cloudcontrollers.NewManager(o.Log)
	d.backend, err = kube.NewBackend(ctx, kube.Options{
		Dir: o.Dir.Clusters(), ToolsDir: o.ToolsDir, Supervisor: d.supervisor, Log: o.Log,
		Companion:  kube.Companions{d.controllers, d.flux},
		WebhookURL: func(cluster string) string { return d.endpoint() + api.Webhook + cluster },
	})
	if err != nil {
		return err
	}
	if d.git, err = gitserver.New(o.Dir.Git(), api.Git, d.supervisor.Env()); err != nil {
		return err
	}
	key, err := signer(o.Dir)
	if err != nil {
		return err
	}
	if d.signerKey, err = publicHalf(key); err != nil {
		return err
	}
	var images http.Handler
	if images, d.images, err = registry.New(o.ToolsDir, key); err != nil {
		return err
	}
	// The account is opened before anything is served: the API servers that come back with it have nobody to ask about a
	// token until then, and ask again.
	if err := d.openAccount(ctx); err != nil {
		return err
	}
	// An account without clusters of this local cloud has nothing to do for them.
	if account, ok := d.cloud.(cloudcontrollers.Account); ok {
		d.controllers.Open(account)
	}
	if err := d.serve(ctx, d.ports.HTTP, d.handler()); err != nil {
		return err
	}
	if err := d.serve(ctx, d.ports.Registry, images); err != nil {
		return err
	}
	if err := d.loadSample(ctx); err != nil {
		return err
	}
	// Written last: clients take it for the sign that everything answers.
	return layout.WriteJSON(o.Dir.Connection(), d.connection())
}

func (d *daemon) choosePorts() error {
	file := d.options.Dir.Ports()
	if err := layout.ReadJSON(file, &d.ports); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	wanted := []*int{&d.ports.HTTP, &d.ports.Registry}
	if d.options.AWS == api.Moto {
		wanted = append(wanted, &d.ports.AWS)
	}
	for _, port := range wanted {
		if *port != 0 {
			continue
		}
		var err error
		if *port, err = ports.Free(); err != nil {
			return err
		}
	}
	return layout.WriteJSON(file, d.ports)
}

func (d *daemon) endpoint() string { return "http://" + ports.Address(d.ports.HTTP) }

func (d *daemon) connection() layout.Connection {
	connection := layout.Connection{
		PID: os.Getpid(), Endpoint: d.endpoint(), RegistryHost: ports.Address(d.ports.Registry), Region: d.region,
		AWS: d.options.AWS, SignerKey: d.signerKey,
	}
	if d.options.AWS == api.Moto {
		connection.AWSEndpoint = "http://" + ports.Address(d.ports.AWS)
		connection.TerraformProvider = filepath.Join(d.options.ToolsDir, "terraform-provider-aws")
	}
	for _, c := range d.cloud.Credentials() {
		connection.AccessKeys = append(connection.AccessKeys, layout.AccessKey(c))
	}
	return connection
}

// serve answers requests on a port until the daemon ends.
func (d *daemon) serve(ctx context.Context, port int, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", ports.Address(port))
	if err != nil {
		return fmt.Errorf("listening on the port that this local cloud keeps: %w; end what uses it, or delete %s "+
			"for other ports", err, d.options.Dir.Ports())
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.options.Log.Error("web server ended", "port", port, "error", err)
			d.shutdown()
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return nil
}

func (d *daemon) loadSample(ctx context.Context) error {
	name := d.options.SampleRepository
	if name == "" {
		return nil
	}
	names, err := d.git.Repositories()
	if err != nil {
		return err
	}
	if slices.Contains(names, name) {
		return nil
	}
	_, err = gitserver.Push(ctx, d.endpoint()+api.Git+"/"+name+".git", sample.Files, "Add the sample application")
	return err
}

// close ends all processes, and returns when they have ended.
func (d *daemon) close() error {
	d.shutdown()
	if d.cloud != nil {
		d.cloud.Wait()
	}
	if d.controllers != nil {
		d.controllers.Close()
	}
	if d.flux != nil {
		d.flux.Close() // first, while the API servers still answer what the controllers have to say
	}
	if d.supervisor != nil {
		// Without grace: a cluster survives a kill anyway, and API servers take their time over open watches.
		d.supervisor.Close(0)
	}
	return forgetConnection(d.options.Dir)
}

func forgetConnection(dir layout.Dir) error {
	if err := os.Remove(dir.Connection()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the connection file: %w", err)
	}
	return nil
}
