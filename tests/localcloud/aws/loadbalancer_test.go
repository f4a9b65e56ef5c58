package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const (
	publicTag   = "kubernetes.io/role/elb"
	internalTag = "kubernetes.io/role/internal-elb"
)

// tagged gives things tags.
func tagged(steps []step, tags map[string]any, names ...string) []step {
	for _, name := range names {
		steps = changeStep(steps, name, map[string]any{"tags": tags})
	}
	return slices.Clip(steps)
}

// forBalancers is a cluster in a network whose public subnets are there for load balancers.
func forBalancers() []step {
	return tagged(withCluster(), map[string]any{publicTag: "1"}, "public-0", "public-1")
}

func service(name string) aws.LoadBalancerSpec {
	return aws.LoadBalancerSpec{Name: name, Service: "shop/" + name}
}

// ensure makes a load balancer and lists what the account has more than before.
func (w *world) ensure(spec aws.LoadBalancerSpec) (hostname string, added []string) {
	w.t.Helper()
	before := w.cloud.Resources()
	hostname, err := w.cloud.EnsureLoadBalancer("demo", spec)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, resource := range w.cloud.Resources() {
		if !slices.Contains(before, resource) {
			added = append(added, resource.Type+" "+resource.Name)
		}
	}
	return hostname, added
}

// A load balancer has an interface in each zone and, but for the newer kind, a security group. It is there once,
// survives a restart, and goes with all that belongs to it.
func TestLoadBalancers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.build(forBalancers())
	before := w.cloud.Resources()
	network := service("net")
	network.Network = true
	classicHost, classic := w.ensure(service("web"))
	networkHost, newer := w.ensure(network)
	want := [][]string{
		{
			"aws:ec2/securityGroup:SecurityGroup k8s-elb-web", "aws:elb/loadBalancer:LoadBalancer web",
			"network-interface ELB web", "network-interface ELB web",
		},
		{"aws:lb/loadBalancer:LoadBalancer net", "network-interface ELB net", "network-interface ELB net"},
	}
	if diff := cmp.Diff(want, [][]string{classic, newer}); diff != "" {
		t.Error(diff)
	}
	if !matches("web-{any}.us-west-2.elb.amazonaws.com", classicHost) ||
		!matches("net-{any}.elb.us-west-2.amazonaws.com", networkHost) {
		t.Errorf("the host names are %s and %s", classicHost, networkHost)
	}

	w = w.reopen()
	again, added := w.ensure(service("web"))
	if again != classicHost || len(added) > 0 {
		t.Errorf("asked for again it is %s instead of %s, and there is %v more", again, classicHost, added)
	}
	for _, name := range []string{"web", "net", "web"} {
		if err := w.cloud.DeleteLoadBalancer("demo", name); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(before, w.cloud.Resources()); diff != "" {
		t.Errorf("left:\n%s", diff)
	}
}

// An internal one is somewhere else, and is not in an internet gateway's way.
func TestInternalLoadBalancer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.build(tagged(withCluster(), map[string]any{internalTag: "1"}, "private-0", "private-1"), "nat", "eip",
		"private-0-route", "private-1-route")
	internal := service("db")
	internal.Internal = true
	host, added := w.ensure(internal)
	if !strings.HasPrefix(host, "internal-db-") || len(added) != 4 {
		t.Errorf("the host is %s, and there is %v more", host, added)
	}
	if err := w.remove(s.things["igw"]); err != nil {
		t.Error(err)
	}
}

// What a load balancer needs, and what it says when it is not there.
func TestLoadBalancerRules(t *testing.T) {
	t.Parallel()
	ensuring := func(internal bool) func(*stack) error {
		return func(s *stack) error {
			spec := service("web")
			spec.Internal = internal
			_, err := s.w.cloud.EnsureLoadBalancer("demo", spec)
			return err
		}
	}
	deleting := func(s *stack) error { return s.w.cloud.DeleteLoadBalancer("demo", "web") }
	detached := func(act func(*stack) error) func(*stack) error {
		return func(s *stack) error {
			s.w.ensure(service("web"))
			if err := s.w.remove(s.things["cluster-role-AmazonEKSClusterPolicy"]); err != nil {
				return err
			}
			return act(s)
		}
	}
	denied := func(call string) string {
		return "operation error Elastic Load Balancing: " + call + ", https response error StatusCode: 403, RequestID: ID, " +
			"AccessDenied: User: {cluster-role.arn} is not authorized to perform: elasticloadbalancing:" + call +
			" because no identity-based policy allows the elasticloadbalancing:" + call + " action"
	}
	const noSubnets = "could not find any suitable subnets for creating the ELB"
	other := map[string]any{publicTag: "1", "kubernetes.io/cluster/other": "shared"}
	both := map[string]any{publicTag: "1", "kubernetes.io/cluster/other": "shared", "kubernetes.io/cluster/demo": "shared"}
	small := append(forBalancers(), step{"small", subnetType, with(map[string]any{
		"vpcId": from{"vpc", "id"}, "cidrBlock": "10.0.200.0/28", "availabilityZone": "us-west-2c",
		"tags": map[string]any{publicTag: "1"},
	})}, step{"small-association", associationType, with(map[string]any{
		"subnetId": from{"small", "id"}, "routeTableId": from{"public-table", "id"},
	})})
	for i := range 4 {
		small = append(small, step{fmt.Sprint("nat-in-small-", i), natType, with(map[string]any{
			"subnetId": from{"small", "id"}, "connectivityType": "private",
		})})
	}
	runRules(t, []rule{
		{name: "subnets are there", before: forBalancers(), act: ensuring(false)},
		{name: "subnets have no role", before: withCluster(), act: ensuring(false), want: noSubnets},
		{name: "subnets have the other role", before: forBalancers(), act: ensuring(true), want: noSubnets},
		{
			name: "subnets with the role are private", act: ensuring(false), want: noSubnets,
			before: tagged(withCluster(), map[string]any{publicTag: "1"}, "private-0", "private-1"),
		},
		{
			name: "subnets are another cluster's", act: ensuring(false), want: noSubnets,
			before: tagged(withCluster(), other, "public-0", "public-1"),
		},
		{
			name: "subnets are shared with another cluster", act: ensuring(false),
			before: tagged(withCluster(), both, "public-0", "public-1"),
		},
		{
			name: "a subnet is full", before: small, act: ensuring(false),
			want: "operation error Elastic Load Balancing: CreateLoadBalancer, https response error StatusCode: 400, " +
				"RequestID: ID, InvalidSubnet: Not enough IP space available in {small}. ELB requires at least 8 free IP " +
				"addresses in each subnet.",
		},
		{
			name: "the role may not delete", before: forBalancers(), act: detached(deleting),
			want: denied("DeleteLoadBalancer"),
		},
		{
			name: "the role may not create", before: forBalancers(), want: denied("CreateLoadBalancer"),
			act: detached(func(s *stack) error {
				_, err := s.w.cloud.EnsureLoadBalancer("demo", service("more"))
				return err
			}),
		},
		{
			name: "another group's rule names its security group", before: forBalancers(),
			act: func(s *stack) error {
				s.w.ensure(service("web"))
				s.w.create(ruleType, "from-balancer", map[string]any{
					"type": "ingress", "fromPort": 80, "toPort": 80, "protocol": "tcp", "securityGroupId": s.id("cluster-sg"),
					"sourceSecurityGroupId": s.w.named("k8s-elb-web"),
				})
				return deleting(s)
			},
			want: "operation error EC2: DeleteSecurityGroup, https response error StatusCode: 400, RequestID: ID, api error " +
				"DependencyViolation: resource {any} has a dependent object",
		},
		{
			name: "the cluster is gone", before: forBalancers(), want: "the cluster is gone",
			act: func(s *stack) error {
				if err := s.w.remove(s.things["cluster"]); err != nil {
					return err
				}
				return ensuring(false)(s)
			},
		},
	})
}

// named is the id of the only thing of that name.
func (w *world) named(name string) string {
	w.t.Helper()
	for _, resource := range w.cloud.Resources() {
		if resource.Name == name {
			return resource.ID
		}
	}
	w.t.Fatalf("there is nothing called %s", name)
	return ""
}

// A load balancer that outlives its cluster keeps its network.
func TestLoadBalancerKeepsTheNetwork(t *testing.T) {
	t.Parallel()
	violation := func(doing, call, text string) string { return ec2Error(doing, call, "DependencyViolation: "+text) }
	left := func(act func(*stack) error) func(*stack) error {
		return func(s *stack) error {
			s.w.ensure(service("web"))
			if err := s.w.remove(s.things["cluster"]); err != nil {
				return err
			}
			return act(s)
		}
	}
	before := slices.DeleteFunc(forBalancers(), func(s step) bool {
		return s.name == "nat" || s.name == "eip" || strings.HasSuffix(s.name, "-route") && s.name != "public-route"
	})
	runRules(t, []rule{
		{
			name: "subnet", before: before, act: left(deleting("public-1")),
			want: violation("deleting EC2 Subnet ({public-1})", "DeleteSubnet",
				"The subnet '{public-1}' has dependencies and cannot be deleted."),
		},
		{
			name: "internet gateway", before: before, act: left(deleting("igw")),
			want: violation("deleting EC2 Internet Gateway ({igw})", "DetachInternetGateway", "Network {vpc} has some mapped "+
				"public address(es). Please unmap those public address(es) before detaching the gateway."),
		},
		{
			name: "VPC", before: before, act: left(deleting("vpc")),
			want: violation("deleting EC2 VPC ({vpc})", "DeleteVpc", "The vpc '{vpc}' has dependencies and cannot be deleted."),
		},
		{
			name: "security group", before: before,
			act: left(func(s *stack) error {
				return s.w.remove(&thing{token: sgType, name: "test", id: s.w.named("k8s-elb-web")})
			}),
			want: violation("deleting Security Group ({any})", "DeleteSecurityGroup",
				"resource {any} has a dependent object"),
		},
	})
}

// No program makes what only clusters make.
func TestLoadBalancersAndVolumesAreNotForPrograms(t *testing.T) {
	t.Parallel()
	for _, token := range []string{
		"aws:elb/loadBalancer:LoadBalancer", "aws:lb/loadBalancer:LoadBalancer", "aws:ebs/volume:Volume",
	} {
		if slices.Contains(aws.Types(), token) {
			t.Errorf("%s is among the types for programs", token)
		}
	}
}
