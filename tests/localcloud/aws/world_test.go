package aws_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
	awsplugin "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/plugin"
)

const (
	account = "123456789012"
	region  = "us-west-2"
)

// world is an account with the plugin before it, driven over the plugin's gRPC server as the engine does.
type world struct {
	t       *testing.T
	cloud   *aws.Cloud
	backend *backend
	server  rpc.ResourceProviderServer
	http    *httptest.Server
	options aws.Options
	stop    context.CancelFunc
	closed  bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return openWorld(t, aws.Options{
		StatePath: filepath.Join(t.TempDir(), "account.json"), Region: region, AccountID: account, Backend: newBackend(),
	})
}

func newWorldIn(t *testing.T, region string) *world {
	t.Helper()
	return openWorld(t, aws.Options{
		StatePath: filepath.Join(t.TempDir(), "account.json"), Region: region, AccountID: account, Backend: newBackend(),
	})
}

func openWorld(t *testing.T, options aws.Options) *world {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	cloud, err := aws.New(ctx, options)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/aws/", http.StripPrefix("/aws", cloud.Handler()))
	w := &world{
		t: t, cloud: cloud, backend: options.Backend.(*backend), http: httptest.NewServer(mux), options: options, stop: stop,
	}
	w.server = w.plugin(0, nil)
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	w.stop()
	w.http.Close()
	w.cloud.Wait()
	if _, err := os.Stat(w.options.StatePath); w.closed || errors.Is(err, fs.ErrNotExist) {
		return
	}
	w.closed = true
	if unwritten, err := w.cloud.Unwritten(); err != nil || len(unwritten) > 0 {
		w.t.Errorf("not in the state file as in the account: %v, %v", unwritten, err)
	}
}

// append adds to the state file what a daemon would have written.
func (w *world) append(content []byte) {
	w.t.Helper()
	if err := aws.AppendTo(w.options.StatePath, content); err != nil {
		w.t.Fatal(err)
	}
}

// reopen is a new daemon on the same state.
func (w *world) reopen() *world {
	w.t.Helper()
	w.close()
	return openWorld(w.t, w.options)
}

// plugin is an instance of the plugin that calls as one of the account's principals.
func (w *world) plugin(credential int, config map[string]any) rpc.ResourceProviderServer {
	w.t.Helper()
	known := w.cloud.Credentials()[credential]
	server, err := awsplugin.NewServer(nil, api.Client{
		Endpoint: w.http.URL, AccessKeyID: known.AccessKeyID, SecretAccessKey: known.SecretAccessKey,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	arguments := map[string]any{"region": w.options.Region}
	maps.Copy(arguments, config)
	inputs := w.marshal(catalog.FromPlainMap(arguments))
	checked, err := server.CheckConfig(w.t.Context(), &rpc.CheckRequest{News: inputs})
	if err != nil || len(checked.GetFailures()) > 0 {
		w.t.Fatalf("checking configuration: %v %v", err, checked.GetFailures())
	}
	if _, err := server.Configure(w.t.Context(), &rpc.ConfigureRequest{Args: inputs}); err != nil {
		w.t.Fatal(err)
	}
	return server
}

var marshalOptions = plugin.MarshalOptions{
	KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: true,
}

func (w *world) marshal(object property.Map) *structpb.Struct {
	w.t.Helper()
	encoded, err := plugin.MarshalProperties(presource.ToResourcePropertyMap(object), marshalOptions)
	if err != nil {
		w.t.Fatal(err)
	}
	return encoded
}

func (w *world) unmarshal(encoded *structpb.Struct) property.Map {
	w.t.Helper()
	decoded, err := plugin.UnmarshalProperties(encoded, marshalOptions)
	if err != nil {
		w.t.Fatal(err)
	}
	return presource.FromResourcePropertyMap(decoded)
}

var requestID = regexp.MustCompile(`RequestID: [0-9a-f-]{36}`)

// message is an error's text without what differs from run to run.
func message(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if converted, ok := rpcerror.FromError(err); ok {
		text = converted.Message()
	}
	// pulumi-go-provider joins the error of a resource that exists nevertheless with nothing, which adds this.
	text = strings.TrimPrefix(text, "rpc error: code = Unknown desc = ")
	return requestID.ReplaceAllString(text, "RequestID: ID")
}
