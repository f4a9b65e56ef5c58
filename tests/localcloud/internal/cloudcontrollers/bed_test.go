package cloudcontrollers_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws/api"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/cloudcontrollers"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kube"
	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/internal/kubetest"
)

// bed is an account with real clusters and the controllers beside them, as a daemon puts them together.
type bed struct {
	t       *testing.T
	cloud   *aws.Cloud
	client  api.Client
	backend *kube.Backend
	close   func()
}

func open(t *testing.T, dir string) *bed {
	t.Helper()
	host := kubetest.NewHost(t, dir, nil)
	manager := cloudcontrollers.NewManager(host.Log)
	t.Cleanup(manager.Close)
	b := &bed{t: t, backend: host.Backend(t, kube.Companions{manager})}
	ctx, cancel := context.WithCancel(t.Context())
	var err error
	b.cloud, err = aws.New(ctx, aws.Options{
		StatePath: filepath.Join(dir, "aws.json"), Region: "us-west-2", AccountID: "123456789012", Backend: b.backend,
	})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	manager.Open(b.cloud)
	web := httptest.NewServer(http.StripPrefix("/aws", b.cloud.Handler()))
	b.close = func() {
		web.Close()
		cancel()
		b.cloud.Wait()
		manager.Close()
		host.Supervisor.Close(0)
	}
	t.Cleanup(b.close)
	key := b.cloud.Credentials()[0]
	b.client = api.Client{Endpoint: web.URL, AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey}
	return b
}

func (b *bed) call(path string, request api.Request) api.Response {
	b.t.Helper()
	response, err := b.client.Do(b.t.Context(), path, request)
	if err != nil {
		b.t.Fatal(err)
	}
	return response
}

func (b *bed) create(token string, inputs map[string]any) api.Response {
	b.t.Helper()
	response := b.call(api.CreatePath, api.Request{Type: token, Inputs: inputs})
	if response.Error != "" {
		b.t.Fatal(response.Error)
	}
	return response
}

// remove deletes a resource and answers the error, if there is one.
func (b *bed) remove(token, id string) string {
	b.t.Helper()
	return b.call(api.DeletePath, api.Request{Type: token, ID: id}).Error
}

func (b *bed) clientset() *kubernetes.Clientset {
	b.t.Helper()
	clusters := b.backend.Clusters()
	if len(clusters) != 1 {
		b.t.Fatalf("there are %d clusters", len(clusters))
	}
	return clusters[0].Clientset
}

// made lists what there is of what only clusters make, as type and name. Security groups are those of load balancers.
func (b *bed) made() []string {
	made := []string{}
	for _, resource := range b.cloud.Resources() {
		switch resource.Type {
		case balancer, volume, card, group:
			made = append(made, resource.Type+" "+resource.Name)
		}
	}
	slices.Sort(made)
	return made
}

// settle waits until what clusters have made is the given.
func (b *bed) settle(want ...string) {
	b.t.Helper()
	want = slices.Sorted(slices.Values(want))
	var got []string
	eventually(b.t, "the account to settle", func() bool {
		got = b.made()
		return slices.Equal(got, want)
	}, func() any { return got })
}

const (
	balancer = "aws:elb/loadBalancer:LoadBalancer"
	card     = "network-interface"
	group    = "aws:ec2/securityGroup:SecurityGroup"
	volume   = "aws:ebs/volume:Volume"
	subnet   = "aws:ec2/subnet:Subnet"
)

// network is a VPC with two public subnets that public load balancers may be put into.
type network struct {
	vpc, gateway, table string
	subnets             []string
}

func (b *bed) createNetwork() network {
	b.t.Helper()
	n := network{vpc: b.create("aws:ec2/vpc:Vpc", map[string]any{
		"cidrBlock": "10.0.0.0/16", "enableDnsSupport": true, "enableDnsHostnames": true,
	}).ID}
	n.gateway = b.create("aws:ec2/internetGateway:InternetGateway", map[string]any{"vpcId": n.vpc}).ID
	n.table = b.create("aws:ec2/routeTable:RouteTable", map[string]any{"vpcId": n.vpc}).ID
	b.create("aws:ec2/route:Route", map[string]any{
		"routeTableId": n.table, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": n.gateway,
	})
	for _, zone := range []string{"a", "b"} {
		id := b.create(subnet, n.subnet(zone, map[string]any{"kubernetes.io/role/elb": "1"})).ID
		n.subnets = append(n.subnets, id)
		b.create("aws:ec2/routeTableAssociation:RouteTableAssociation", map[string]any{
			"subnetId": id, "routeTableId": n.table,
		})
	}
	return n
}

func (n network) subnet(zone string, tags map[string]any) map[string]any {
	block := map[string]string{"a": "10.0.0.0/24", "b": "10.0.1.0/24"}[zone]
	return map[string]any{
		"vpcId": n.vpc, "cidrBlock": block, "availabilityZone": "us-west-2" + zone, "mapPublicIpOnLaunch": true,
		"tags": tags,
	}
}

func (b *bed) createRole(name, service string, policies ...string) (arn string) {
	b.t.Helper()
	trust, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": map[string]any{"Service": service},
	}}})
	if err != nil {
		b.t.Fatal(err)
	}
	role := b.create("aws:iam/role:Role", map[string]any{"name": name, "assumeRolePolicy": string(trust)})
	for _, policy := range policies {
		b.create("aws:iam/rolePolicyAttachment:RolePolicyAttachment", map[string]any{
			"role": role.ID, "policyArn": "arn:aws:iam::aws:policy/" + policy,
		})
	}
	arn, _ = role.State["arn"].(string)
	return arn
}

func (b *bed) createCluster(n network) {
	b.t.Helper()
	b.create("aws:eks/cluster:Cluster", map[string]any{
		"name": "demo", "version": "1.35", "bootstrapSelfManagedAddons": true,
		"roleArn":      b.createRole("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy"),
		"vpcConfig":    map[string]any{"subnetIds": n.subnets, "endpointPublicAccess": true},
		"accessConfig": map[string]any{"authenticationMode": "API"},
	})
}

// createNodes makes a node whose role may make volumes.
func (b *bed) createNodes(n network) (id string) {
	b.t.Helper()
	role := b.createRole("node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly",
		"AmazonEKS_CNI_Policy", "service-role/AmazonEBSCSIDriverPolicy")
	return b.create("aws:eks/nodeGroup:NodeGroup", map[string]any{
		"clusterName": "demo", "nodeGroupName": "default", "nodeRoleArn": role, "subnetIds": n.subnets,
		"scalingConfig": map[string]any{"minSize": 1, "desiredSize": 1, "maxSize": 1},
	}).ID
}

// eventually waits until a condition holds; what it has seen last stands in the failure.
func eventually(t *testing.T, what string, holds func() bool, seen func() any) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s: not within 30 s; last seen: %v", what, seen())
		}
		time.Sleep(50 * time.Millisecond)
	}
}
