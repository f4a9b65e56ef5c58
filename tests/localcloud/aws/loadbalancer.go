package aws

import (
	"fmt"
	"slices"
	"strings"
)

// LoadBalancerSpec is what the cloud controller of a cluster asks for on behalf of a Service.
type LoadBalancerSpec struct {
	// Name is that of no other load balancer in the account.
	Name string
	// Service is the namespace and name of the Service.
	Service string
	// Internal has it reached from inside the VPC only.
	Internal bool
	// Network asks for a Network Load Balancer, which the cloud controller gives no security group.
	Network bool
}

// What marks the subnets that load balancers may be put into, and what belongs to a cluster.
const (
	publicRoleTag   = "kubernetes.io/role/elb"
	internalRoleTag = "kubernetes.io/role/internal-elb"
	clusterTag      = "kubernetes.io/cluster/"
)

func loadBalancerKinds() map[string]*kind {
	return map[string]*kind{typeClassicLoadBalancer: {}, typeNetworkLoadBalancer: {}}
}

// EnsureLoadBalancer makes a load balancer for a Service of a cluster, unless it is there, and answers its host name.
// From then on it is the account's: it stays when the cluster goes, with its network interfaces and security group.
func (c *Cloud) EnsureLoadBalancer(cluster string, spec LoadBalancerSpec) (hostname string, err error) {
	c, cluster = c.ofServers(cluster)
	if found := c.findLoadBalancer(spec.Name); found != "" {
		return found, nil
	}
	err = c.store.change(func(a *account) error {
		t := c.tx(a).calling(elb, "CreateLoadBalancer")
		r, err := t.createLoadBalancer(t.lookup(typeCluster, cluster), spec)
		if err != nil {
			return err
		}
		hostname = r.str("dnsName")
		return nil
	})
	return hostname, err
}

// DeleteLoadBalancer removes a load balancer that EnsureLoadBalancer made, with all that belongs to it. One that does
// not exist is no error.
func (c *Cloud) DeleteLoadBalancer(cluster, name string) error {
	c, cluster = c.ofServers(cluster)
	if c.findLoadBalancer(name) == "" {
		return nil
	}
	return c.store.change(func(a *account) error {
		t := c.tx(a).calling(elb, "DeleteLoadBalancer")
		if err := t.checkController(t.lookup(typeCluster, cluster)); err != nil {
			return err
		}
		r := t.loadBalancer(name)
		for _, card := range t.where(func(o *record) bool { return o.Facts.str("loadBalancer") == name }) {
			t.drop(card)
		}
		t.service, t.call = ec2, "DeleteSecurityGroup"
		for _, id := range r.strings("securityGroups") {
			group := t.lookup(typeSecurityGroup, id)
			if err := t.removeSecurityGroup(group); err != nil {
				return err
			}
			t.drop(group)
		}
		t.drop(r)
		return nil
	})
}

func (c *Cloud) findLoadBalancer(name string) (hostname string) {
	c.store.look(func(a *account) {
		t := c.tx(a)
		if r := t.loadBalancer(name); r != nil {
			hostname = r.str("dnsName")
		}
	})
	return hostname
}

func (t *tx) loadBalancer(name string) *record {
	for _, token := range []string{typeClassicLoadBalancer, typeNetworkLoadBalancer} {
		for _, r := range t.of(token, "name", name) {
			return r
		}
	}
	return nil
}

// checkController says why the cloud controller, which acts with the cluster's role, may not do what it is about to.
func (t *tx) checkController(cluster *record) error {
	if cluster == nil {
		return fmt.Errorf("the cluster is gone")
	}
	role := t.roleWithARN(cluster.str("roleArn"))
	if role != nil && t.hasManaged(role, "AmazonEKSClusterPolicy") {
		return nil
	}
	return t.fail("AccessDenied", "User: %s is not authorized to perform: elasticloadbalancing:%s because no "+
		"identity-based policy allows the elasticloadbalancing:%s action", cluster.str("roleArn"), t.call, t.call)
}

func (t *tx) createLoadBalancer(cluster *record, spec LoadBalancerSpec) (*record, error) {
	if err := t.checkController(cluster); err != nil {
		return nil, err
	}
	subnets := t.balancerSubnets(cluster, spec.Internal)
	if len(subnets) == 0 {
		return nil, fmt.Errorf("could not find any suitable subnets for creating the ELB")
	}
	const needed = 8
	ids := make([]string, 0, len(subnets))
	for _, subnet := range subnets {
		if t.freeAddresses(subnet) < needed {
			return nil, t.fail("InvalidSubnet", "Not enough IP space available in %s. ELB requires at least %d free IP "+
				"addresses in each subnet.", subnet.ID, needed)
		}
		ids = append(ids, subnet.ID)
	}
	tags := map[string]any{clusterTag + cluster.ID: "owned", "kubernetes.io/service-name": spec.Service}
	vpcID := cluster.str("vpcConfig.vpcId")
	r := &record{Type: typeClassicLoadBalancer, ID: spec.Name, Computed: props{
		"name": spec.Name, "internal": spec.Internal, "vpcId": vpcID, "subnets": ids, "tagsAll": tags,
		"arn": t.arn("elasticloadbalancing", "loadbalancer/"+spec.Name), "dnsName": t.balancerHost(spec),
	}}
	if spec.Network {
		r.Type, r.ID = typeNetworkLoadBalancer, t.arn("elasticloadbalancing", "loadbalancer/net/"+spec.Name+"/"+randomHex(16))
		r.set("arn", r.ID)
	} else {
		group := t.newSecurityGroup("k8s-elb-"+spec.Name,
			"Security group for Kubernetes ELB "+spec.Name+" ("+spec.Service+")", vpcID)
		group.set("tagsAll", tags)
		t.put(group)
		r.set("securityGroups", []string{group.ID})
	}
	t.put(r)
	for _, subnet := range subnets {
		t.putBalancerInterface(r, subnet)
	}
	return r, nil
}

// putBalancerInterface gives a load balancer its foot in a subnet. The interface is AWS's own and yet in the inventory:
// it is what keeps a network from being deleted.
func (t *tx) putBalancerInterface(r, subnet *record) {
	description := "ELB " + r.str("name")
	card := t.newInterface(subnet, "", description, r.strings("securityGroups"))
	card.set("name", description)
	card.set("requesterId", "amazon-elb")
	card.fact("loadBalancer", r.str("name"))
	if !r.properties().flag("internal") {
		card.fact("publicIp", t.freePublicAddress())
	}
}

// balancerSubnets are the subnets that the cloud controller puts a load balancer into: one in each zone, marked with
// the role, of no other cluster, and for a public one with a route to an internet gateway.
func (t *tx) balancerSubnets(cluster *record, internal bool) []*record {
	role := publicRoleTag
	if internal {
		role = internalRoleTag
	}
	var chosen []*record
	for _, subnet := range t.of(typeSubnet, "vpcId", cluster.str("vpcConfig.vpcId")) {
		tags := subnet.properties().stringMap("tagsAll")
		_, marked := tags[role]
		route, _ := t.defaultRoute(subnet)
		sameZone := func(other *record) bool { return other.str("availabilityZone") == subnet.str("availabilityZone") }
		if marked && !ofOtherCluster(tags, cluster.ID) && (internal || route.gateway != "") &&
			!slices.ContainsFunc(chosen, sameZone) {
			chosen = append(chosen, subnet)
		}
	}
	return chosen
}

// ofOtherCluster says that the tags name clusters, and not this one.
func ofOtherCluster(tags map[string]string, cluster string) bool {
	if _, own := tags[clusterTag+cluster]; own {
		return false
	}
	for name := range tags {
		if strings.HasPrefix(name, clusterTag) {
			return true
		}
	}
	return false
}

func (t *tx) balancerHost(spec LoadBalancerSpec) string {
	if spec.Network {
		return spec.Name + "-" + randomHex(16) + ".elb." + t.cloud.options.Region + ".amazonaws.com"
	}
	prefix := ""
	if spec.Internal {
		prefix = "internal-"
	}
	return prefix + spec.Name + "-" + randomFrom("123456789", 10) + "." + t.cloud.options.Region + ".elb.amazonaws.com"
}
