package localcloud_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud"
	awsapi "github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
)

// program is the daemon, built from the sources as they are: what `make build` made could be older.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "localcloud-test-")
	if err != nil {
		panic(err) //nolint:forbidigo // there is no test yet to fail
	}
	program = filepath.Join(dir, "localcloud")
	build := exec.Command("go", "build", "-o", program, "./cmd/localcloud")
	if output, err := build.CombinedOutput(); err != nil {
		panic(string(output)) //nolint:forbidigo // there is no test yet to fail
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

func start(t *testing.T, dir string) *localcloud.LocalCloud {
	t.Helper()
	cloud, err := localcloud.Start(t.Context(), localcloud.Options{
		Dir: dir, Program: program, SampleRepository: "platform", DieWithCaller: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := localcloud.Stop(context.Background(), dir); err != nil {
			t.Error(err)
		}
	})
	return cloud
}

// account makes resources in a simulated account.
type account struct {
	t      *testing.T
	client awsapi.Client
}

func accountOf(t *testing.T, cloud *localcloud.LocalCloud) account {
	t.Helper()
	return account{t: t, client: awsapi.Client{
		Endpoint: cloud.Endpoint, AccessKeyID: cloud.AccessKeys[0].AccessKeyID,
		SecretAccessKey: cloud.AccessKeys[0].SecretAccessKey,
	}}
}

func (a account) create(resourceType string, inputs map[string]any) awsapi.Response {
	a.t.Helper()
	response, err := a.client.Do(a.t.Context(), awsapi.CreatePath, awsapi.Request{Type: resourceType, Inputs: inputs})
	if err != nil {
		a.t.Fatal(err)
	}
	if response.Error != "" {
		a.t.Fatalf("creating %s: %s", resourceType, response.Error)
	}
	return response
}

// createCluster makes the smallest cluster that EKS allows, which its administrator may enter.
func (a account) createCluster(name, administrator string) awsapi.Response {
	a.t.Helper()
	vpc := a.create("aws:ec2/vpc:Vpc", map[string]any{"cidrBlock": "10.0.0.0/16"})
	subnets := make([]any, 0, 2)
	for zone, cidr := range map[string]string{"us-west-2a": "10.0.0.0/24", "us-west-2b": "10.0.1.0/24"} {
		subnet := a.create("aws:ec2/subnet:Subnet", map[string]any{
			"vpcId": vpc.ID, "cidrBlock": cidr, "availabilityZone": zone,
		})
		subnets = append(subnets, subnet.ID)
	}
	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": "eks.amazonaws.com"},
	}}})
	if err != nil {
		a.t.Fatal(err)
	}
	role := a.create("aws:iam/role:Role", map[string]any{"name": name, "assumeRolePolicy": string(trust)})
	a.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", map[string]any{
		"role": role.ID, "policyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
	})
	cluster := a.create("aws:eks/cluster:Cluster", map[string]any{
		"name": name, "roleArn": role.State["arn"], "version": "1.35",
		"vpcConfig":    map[string]any{"subnetIds": subnets, "endpointPublicAccess": true},
		"accessConfig": map[string]any{"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": false},
	})
	a.create("aws:eks/accessEntry:AccessEntry", map[string]any{
		"clusterName": name, "principalArn": administrator, "type": "STANDARD",
	})
	a.create("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", map[string]any{
		"clusterName": name, "principalArn": administrator, "accessScope": map[string]any{"type": "cluster"},
		"policyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
	})
	return cluster
}

// enter makes a client of a cluster with a token that the real AWS CLI signs with an access key.
func enter(t *testing.T, cloud *localcloud.LocalCloud, cluster string, config *rest.Config, key localcloud.AccessKey,
) *kubernetes.Clientset {
	t.Helper()
	command := exec.CommandContext(t.Context(), "aws", "eks", "get-token", "--cluster-name", cluster)
	command.Env = append(os.Environ(), cloud.EnvAs(key)...)
	output, err := command.Output()
	if err != nil {
		t.Fatalf("asking the AWS CLI for a token: %v", err)
	}
	var credential struct{ Status struct{ Token string } }
	if err := json.Unmarshal(output, &credential); err != nil {
		t.Fatal(err)
	}
	config = rest.AnonymousClientConfig(config)
	config.BearerToken = credential.Status.Token
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func administratorConfig(t *testing.T, cloud *localcloud.LocalCloud, cluster string) *rest.Config {
	t.Helper()
	file, err := cloud.AdminKubeconfig(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", file)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// everyField has local clouds compared as a whole.
var everyField = cmp.AllowUnexported(localcloud.LocalCloud{})

// TestLocalCloud walks one local cloud through its life: used, killed, brought back, stopped.
func TestLocalCloud(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cloud := start(t, dir)
	again, err := localcloud.Start(t.Context(), localcloud.Options{Dir: dir, Program: "nothing that could be started"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cloud, again, everyField); diff != "" {
		t.Errorf("a second start found another local cloud: %s", diff)
	}
	administrator, outsider := cloud.AccessKeys[0], cloud.AccessKeys[1]
	made := accountOf(t, cloud).createCluster("demo", administrator.PrincipalARN)
	checkTokens(t, cloud, administrator, outsider)

	config := administratorConfig(t, cloud, "demo")
	set, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "kept"}}
	if kept, err = set.CoreV1().ConfigMaps("default").Create(t.Context(), kept, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := cloud.PushFolder(t.Context(), "mine", "sample", "Add mine"); err != nil {
		t.Fatal(err)
	}
	resources, err := cloud.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	kill(t, dir)
	if _, err := localcloud.Attach(t.Context(), dir); err == nil {
		t.Error("a daemon that was killed can be attached to")
	}
	back := start(t, dir)
	if diff := cmp.Diff(cloud, back, everyField); diff != "" {
		t.Errorf("the local cloud came back changed: %s", diff)
	}
	checkTokens(t, back, administrator, outsider)
	if diff := cmp.Diff(config, administratorConfig(t, back, "demo")); diff != "" {
		t.Errorf("the cluster came back changed: %s", diff)
	}
	if got := made.State["endpoint"]; got != config.Host {
		t.Errorf("AWS says that the endpoint is %s, and it is %s", got, config.Host)
	}
	found, err := set.CoreV1().ConfigMaps("default").Get(t.Context(), "kept", metav1.GetOptions{})
	if err != nil || found.UID != kept.UID {
		t.Errorf("the object in the cluster did not come back: %v", err)
	}
	resourcesBack, err := back.Resources(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(resources, resourcesBack); diff != "" {
		t.Errorf("the account came back changed: %s", diff)
	}
	report, err := back.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"mine", "platform"}, report.Repositories); diff != "" {
		t.Error(diff)
	}

	if err := back.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if left := processes(t, dir); len(left) != 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// checkTokens holds the cluster to its access entries.
func checkTokens(t *testing.T, cloud *localcloud.LocalCloud, administrator, outsider localcloud.AccessKey) {
	t.Helper()
	config := administratorConfig(t, cloud, "demo")
	// On a machine under load a new access entry can be a moment late, as it is on AWS.
	_, err := enter(t, cloud, "demo", config, administrator).CoreV1().Secrets("").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Errorf("the administrator is refused: %v", err)
	}
	_, err = enter(t, cloud, "demo", config, outsider).CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsUnauthorized(err) {
		t.Errorf("the outsider is answered %v, want 401", err)
	}
	_, err = enter(t, cloud, "other", config, administrator).CoreV1().Namespaces().List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsUnauthorized(err) {
		t.Errorf("a token for another cluster is answered %v, want 401", err)
	}
}

func processes(t *testing.T, dir string) []localcloud.Process {
	t.Helper()
	found, err := localcloud.Processes(dir)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// kill kills the daemon, and only it, and makes sure that its processes are gone soon.
func kill(t *testing.T, dir string) {
	t.Helper()
	all := processes(t, dir)
	i := slices.IndexFunc(all, func(p localcloud.Process) bool { return strings.Contains(p.Command, "localcloud daemon") })
	if i < 0 || len(all) != 6 {
		t.Fatalf("the processes are %v, want a daemon and the five of a cluster", all)
	}
	if err := syscall.Kill(all[i].PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(5 * time.Second)
	for left := processes(t, dir); len(left) > 0; left = processes(t, dir) {
		if time.Now().After(deadline) {
			t.Fatalf("five seconds after the daemon was killed there are %v", left)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
