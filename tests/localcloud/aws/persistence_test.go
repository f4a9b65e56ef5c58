package aws_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	rpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/catalog"
	awsplugin "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/plugin"
)

// A new daemon on the old state has the same account: resources, keys, and clusters that run.
func TestRestart(t *testing.T) {
	t.Parallel()
	first := newWorld(t)
	s := first.build(allSteps())
	before, keys := first.cloud.Resources(), first.cloud.Credentials()
	states := map[string]map[string]any{}
	for _, name := range s.order {
		_, state, _ := first.read(s.things[name])
		states[name] = catalog.PlainMap(state)
	}
	first.backend.calls = nil

	w := first.reopen()
	if diff := cmp.Diff(before, w.cloud.Resources()); diff != "" {
		t.Errorf("inventory:\n%s", diff)
	}
	if diff := cmp.Diff(keys, w.cloud.Credentials()); diff != "" {
		t.Errorf("keys:\n%s", diff)
	}
	for _, name := range s.order {
		_, state, _ := w.read(s.things[name])
		if diff := cmp.Diff(states[name], catalog.PlainMap(state)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
	if diff := cmp.Diff([]string{"CreateCluster demo"}, w.backend.calls); diff != "" {
		t.Errorf("calls of the backend at the start:\n%s", diff)
	}
	s.w = w
	s.destroy()
	if left := w.reopen().cloud.Resources(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// The state file is only for the user who runs the daemon: it holds access keys.
func TestStateFileMode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	info, err := os.Stat(w.options.StatePath)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
	others, err := filepath.Glob(w.options.StatePath + ".*")
	if err != nil || len(others) > 0 {
		t.Errorf("temporary files are left: %v, %v", others, err)
	}
}

func TestBrokenStateFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "account.json")
	if err := os.WriteFile(path, []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := aws.New(t.Context(), aws.Options{StatePath: path, Region: region, AccountID: account, Backend: newBackend()})
	if want := "decoding account state " + path + ": unexpected EOF"; message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// A daemon that is killed while it writes leaves a part of a line, of which nobody has heard.
func TestTornStateFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept := w.create(eipType, "kept", map[string]any{})
	w.close()
	w.append([]byte(`{"records":[{"key":"aws:ec2/eip:Eip|eipalloc-1","record":{"type":"aws:ec2`))
	w = openWorld(t, w.options)
	w.create(eipType, "another", map[string]any{})
	left := w.reopen().cloud.Resources()
	if len(left) != 2 || !slices.ContainsFunc(left, func(r aws.Resource) bool { return r.ID == kept.id }) {
		t.Errorf("the account has %v", left)
	}
}

// What a change writes is what it has changed, however much there is.
func TestStateFileGrowsByChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	grows := func(group string) int64 {
		before, err := os.Stat(w.options.StatePath)
		if err != nil {
			t.Fatal(err)
		}
		w.create(logGroupType, group, map[string]any{})
		after, err := os.Stat(w.options.StatePath)
		if err != nil {
			t.Fatal(err)
		}
		return after.Size() - before.Size()
	}
	first := grows("first")
	for i := range 20 {
		w.create(logGroupType, "group"+strconv.Itoa(i), map[string]any{})
	}
	if last := grows("last"); first == 0 || last > 2*first {
		t.Errorf("the first log group made the file grow by %d bytes, and the 22nd by %d", first, last)
	}
}

func TestUnknownRegion(t *testing.T) {
	t.Parallel()
	_, err := aws.New(t.Context(), aws.Options{
		StatePath: filepath.Join(t.TempDir(), "account.json"), Region: "mars-1", AccountID: account, Backend: newBackend(),
	})
	if want := "region \"mars-1\" is not simulated; simulated are " + regions; message(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// createHanging starts to create a cluster whose servers do not come up, and waits until EKS has taken the request.
func createHanging(t *testing.T, w *world, server rpc.ResourceProviderServer, s *stack) <-chan error {
	t.Helper()
	w.backend.gate = make(chan struct{})
	r := &thing{token: clusterType, name: "cluster"}
	checked, err := w.check(r, catalog.FromPlainMap(clusterStep().inputs(s)))
	if err != nil {
		t.Fatal(err)
	}
	inputs, done := w.marshal(checked), make(chan error, 1)
	go func() {
		_, err := server.Create(t.Context(), &rpc.CreateRequest{Urn: r.urn(), Properties: inputs})
		done <- err
	}()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		taken := slices.ContainsFunc(w.cloud.Resources(), func(r aws.Resource) bool { return r.Type == clusterType })
		if taken {
			return done
		}
		if time.Now().After(deadline) {
			t.Fatal("the cluster is not in the account after 10 s")
		}
	}
}

// A daemon that ends while it creates a cluster leaves it in CREATING; the next one finishes it.
func TestRestartFinishesCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	done := createHanging(t, w, w.server, s)
	w.stop()
	if err := <-done; err == nil {
		t.Error("creating the cluster succeeded although the daemon ended")
	}
	w.backend.gate = nil
	next := w.reopen()
	_, state, ok := next.read(&thing{token: clusterType, name: "cluster", id: "demo"})
	endpoint := "https://127.0.0.1:1/demo"
	if !ok || state.Get("status").AsString() != "ACTIVE" || state.Get("endpoint").AsString() != endpoint {
		t.Errorf("the cluster is %v, there: %v", state, ok)
	}
}

// One that cannot be finished is FAILED.
func TestRestartFailsCluster(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	done := createHanging(t, w, w.server, s)
	w.stop()
	<-done
	w.backend.gate = nil
	w.backend.fail["CreateCluster"] = errors.New("no port is free")
	next := w.reopen()
	_, state, ok := next.read(&thing{token: clusterType, name: "cluster", id: "demo"})
	if !ok || state.Get("status").AsString() != "FAILED" {
		t.Errorf("the cluster is %v, there: %v", state, ok)
	}
}

// Other requests go on while a cluster is made.
func TestClusterCreationHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	done := createHanging(t, w, w.server, s)
	w.create(eipType, "another", map[string]any{"domain": "vpc"})
	_, err := w.try(clusterType, "again", clusterStep().inputs(s))
	want := eksError("creating EKS Cluster (demo)", "CreateCluster", "409",
		"ResourceInUseException: Cluster already exists with name: demo")
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	err = w.remove(&thing{token: clusterType, name: "cluster", id: "demo"})
	want = eksError("deleting EKS Cluster (demo)", "DeleteCluster", "409",
		"ResourceInUseException: Cluster demo has status CREATING and cannot be deleted.")
	if got := message(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	close(w.backend.gate)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The engine's cancellation ends the plugin's waiting; AWS goes on.
func TestCancel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	server := w.plugin(0, nil)
	done := createHanging(t, w, server, s)
	if _, err := server.Cancel(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if !strings.Contains(message(err), context.Canceled.Error()) {
			t.Errorf("got %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("creating goes on 10 s after it was canceled")
	}
	close(w.backend.gate)
	cluster := &thing{token: clusterType, name: "cluster", id: "demo"}
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		if _, state, ok := w.read(cluster); ok && state.Get("status").AsString() == "ACTIVE" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the cluster is not ACTIVE 10 s after its servers came up")
		}
	}
}

// A resource's own timeout ends the plugin's waiting, too.
func TestTimeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(toCluster())
	w.backend.gate = make(chan struct{})
	r := &thing{token: clusterType, name: "cluster"}
	checked, err := w.check(r, catalog.FromPlainMap(clusterStep().inputs(s)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.server.Create(t.Context(), &rpc.CreateRequest{Urn: r.urn(), Properties: w.marshal(checked), Timeout: 0.1})
	if !strings.Contains(message(err), context.DeadlineExceeded.Error()) {
		t.Errorf("got %v", err)
	}
}

// A deletion that the backend could not finish is finished when it is tried again, or by the next daemon.
func TestClusterDeletionIsRepeated(t *testing.T) {
	t.Parallel()
	for _, restart := range []bool{false, true} {
		w := newWorld(t)
		s := w.build(withCluster())
		w.backend.fail["DeleteCluster"] = errors.New("a process does not end")
		err := w.remove(s.things["cluster"])
		want := "deleting EKS Cluster (demo): waiting for EKS Cluster (demo) delete: a process does not end"
		if got := message(err); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if restart {
			w = w.reopen()
		} else if err := w.remove(s.things["cluster"]); err != nil {
			t.Error(err)
		}
		if _, _, ok := w.read(s.things["cluster"]); ok {
			t.Errorf("the cluster is still there, restart %v", restart)
		}
	}
}

// Many requests at once, as the engine sends them, lose nothing.
func TestParallelRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(networkSteps()[:1])
	const count = 40
	errs := make(chan error, count)
	for i := range count {
		inputs := w.marshal(catalog.FromPlainMap(map[string]any{"vpcId": s.id("vpc")}))
		go func() {
			_, err := w.server.Create(t.Context(), &rpc.CreateRequest{
				Urn: (&thing{token: tableType, name: strconv.Itoa(i)}).urn(), Properties: inputs,
			})
			errs <- err
		}()
	}
	for range count {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if got := len(w.reopen().cloud.Resources()); got != count+1 {
		t.Errorf("%d resources, want %d", got, count+1)
	}
}

// Without a daemon, and without a key, every call fails with one sentence.
func TestPluginWithoutCloud(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, test := range []struct {
		client api.Client
		want   string
	}{
		{api.Client{}, "no local cloud: this simulated aws plugin needs LOCALCLOUD_ENDPOINT (such as " +
			"http://127.0.0.1:41234), which `localcloud start` prints"},
		{api.Client{Endpoint: w.http.URL}, "no valid credential sources found: set AWS_ACCESS_KEY_ID and " +
			"AWS_SECRET_ACCESS_KEY, or accessKey and secretKey of the provider, to a key of the local cloud's account"},
		{api.Client{Endpoint: w.http.URL, AccessKeyID: "AKIA", SecretAccessKey: "x"}, "retrieving AWS account details: " +
			"validating provider credentials: operation error STS: GetCallerIdentity, https response error StatusCode: 403, " +
			"RequestID: ID, InvalidClientTokenId: The security token included in the request is invalid."},
	} {
		server, err := awsplugin.NewServer(nil, test.client)
		if err != nil {
			t.Fatal(err)
		}
		w.server = server
		_, err = w.invoke("aws:index/getCallerIdentity:getCallerIdentity", nil)
		if got := message(err); got != test.want {
			t.Errorf("invoke: got %s\nwant %s", got, test.want)
		}
		_, err = w.try(eipType, "eip", map[string]any{})
		if got := message(err); !strings.HasSuffix(got, test.want) {
			t.Errorf("create: got %s\nwant %s", got, test.want)
		}
	}
}
