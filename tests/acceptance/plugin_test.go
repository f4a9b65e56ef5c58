//go:build acceptance

package acceptance

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	presource "github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/fixture"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
)

// asked is an aws plugin that is asked directly, as the engine does.
type asked struct{ rpc.ResourceProviderClient }

// ask starts the aws plugin of a local cloud.
func ask(t *testing.T, cloud fixture.Cloud) asked {
	t.Helper()
	program := filepath.Join(cloud.Tree.Bin, "pulumi-resource-aws")
	if cloud.AWS == localcloud.Moto {
		program = filepath.Join(cloud.Tree.Bin, "witness", "pulumi-resource-aws")
	}
	command := exec.Command(program)
	command.Env = cloud.Environ()
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill() // it may have ended
		_ = command.Wait()
	})
	reader := bufio.NewReader(output)
	port, err := reader.ReadString('\n')
	if err != nil {
		t.Fatalf("reading the port of %s: %v", program, err)
	}
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	connection, err := grpc.NewClient("127.0.0.1:"+strings.TrimSpace(port),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(1<<28)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	a := asked{rpc.NewResourceProviderClient(connection)}
	a.configure(t, cloud.Region)
	return a
}

func (a asked) configure(t *testing.T, region string) {
	t.Helper()
	inputs := marshal(t, map[string]any{"region": region})
	checked, err := a.CheckConfig(t.Context(), &rpc.CheckRequest{
		Urn: urnOf("pulumi:providers:aws", "default"), News: inputs,
	})
	if err != nil || len(checked.GetFailures()) > 0 {
		t.Fatalf("checking the configuration: %v %v", err, checked.GetFailures())
	}
	if _, err := a.Configure(t.Context(), &rpc.ConfigureRequest{
		Args: checked.GetInputs(), AcceptSecrets: true, AcceptResources: true, SendsOldInputs: true,
		SendsOldInputsToDelete: true,
	}); err != nil {
		t.Fatal(err)
	}
}

var marshalOptions = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true, SkipNulls: true}

func marshal(t *testing.T, object map[string]any) *structpb.Struct {
	t.Helper()
	encoded, err := plugin.MarshalProperties(presource.NewPropertyMapFromMap(object), marshalOptions)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

func urnOf(token, name string) string { return "urn:pulumi:dev::test::" + token + "::" + name }

// check is the engine's Check: checked inputs, and what is wrong, as "property: reason".
func (a asked) check(t *testing.T, token, name string, inputs map[string]any) (*structpb.Struct, []string) {
	t.Helper()
	seed := sha256.Sum256([]byte(name))
	response, err := a.Check(t.Context(), &rpc.CheckRequest{
		Urn: urnOf(token, name), News: marshal(t, inputs), RandomSeed: seed[:], Name: name, Type: token,
	})
	if err != nil {
		return nil, []string{err.Error()}
	}
	var failures []string
	for _, failure := range response.GetFailures() {
		failures = append(failures, fmt.Sprintf("%s: %s", failure.GetProperty(), failure.GetReason()))
	}
	return response.GetInputs(), failures
}

// create makes a resource, as the engine does.
func (a asked) create(t *testing.T, token, name string, inputs map[string]any) resource {
	t.Helper()
	checked, failures := a.check(t, token, name, inputs)
	if len(failures) > 0 {
		t.Fatalf("%s %s is refused: %v", token, name, failures)
	}
	made, err := a.Create(t.Context(), &rpc.CreateRequest{
		Urn: urnOf(token, name), Properties: checked, Name: name, Type: token,
	})
	if err != nil {
		t.Fatalf("creating %s %s: %v", token, name, err)
	}
	return resource{
		urn: urnOf(token, name), token: token, name: name, id: made.GetId(), inputs: checked.AsMap(),
		outputs: made.GetProperties().AsMap(),
	}
}

func (a asked) remove(t *testing.T, r resource) {
	t.Helper()
	if err := a.delete(t, r); err != nil {
		t.Errorf("deleting %s %s: %v", r.token, r.name, err)
	}
}

func (a asked) delete(t *testing.T, r resource) error {
	t.Helper()
	_, err := a.Delete(t.Context(), &rpc.DeleteRequest{
		Id: r.id, Urn: r.urn, Properties: marshal(t, r.outputs), OldInputs: marshal(t, r.inputs), Name: r.name, Type: r.token,
	})
	return err
}

// verdict is what a change does: nothing, update or replace, what replaces, and whether the old one goes first.
type verdict struct {
	does     string
	replaces []string
	first    bool
}

func (v verdict) String() string {
	switch {
	case v.first && v.does == "replace":
		return "delete first and replace because of " + strings.Join(v.replaces, ", ")
	case v.does == "replace":
		return "replace because of " + strings.Join(v.replaces, ", ")
	}
	return v.does
}

// change asks what other inputs do to a resource.
func (a asked) change(t *testing.T, r resource, changed map[string]any) (verdict, error) {
	t.Helper()
	// The engine checks first.
	checked, err := a.Check(t.Context(), &rpc.CheckRequest{
		Urn: r.urn, Olds: marshal(t, r.inputs), News: marshal(t, changed), Name: r.name, Type: r.token,
		RandomSeed: make([]byte, sha256.Size),
	})
	if err != nil {
		return verdict{}, err
	}
	if len(checked.GetFailures()) > 0 {
		return verdict{does: "refuse"}, nil
	}
	response, err := a.Diff(t.Context(), &rpc.DiffRequest{
		Id: r.id, Urn: r.urn, Olds: marshal(t, r.outputs), OldInputs: marshal(t, r.inputs), News: checked.GetInputs(),
		Name: r.name, Type: r.token,
	})
	if err != nil {
		return verdict{}, err
	}
	replaces := map[string]bool{}
	for _, key := range response.GetReplaces() {
		replaces[top(key)] = true
	}
	for path, detail := range response.GetDetailedDiff() {
		switch detail.GetKind() {
		case rpc.PropertyDiff_ADD_REPLACE, rpc.PropertyDiff_DELETE_REPLACE, rpc.PropertyDiff_UPDATE_REPLACE:
			replaces[top(path)] = true
		default:
		}
	}
	switch {
	case len(replaces) > 0:
		return verdict{
			does: "replace", replaces: slices.Sorted(maps.Keys(replaces)), first: response.GetDeleteBeforeReplace(),
		}, nil
	case response.GetChanges() == rpc.DiffResponse_DIFF_SOME || len(response.GetDetailedDiff()) > 0:
		return verdict{does: "update"}, nil
	}
	return verdict{does: "nothing"}, nil
}

// top is the first name of a property path.
func top(path string) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		return path
	}
	return path[:end]
}
