package moto

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

// defaultServices is what moto gives to a cluster that names no range for its services.
const defaultServices = "172.20.0.0/16"

func (c *controlPlane) routeClusters() {
	c.handle("POST /clusters", c.createCluster)
	c.handle("GET /clusters/{cluster}", c.describeCluster)
	c.handle("DELETE /clusters/{cluster}", c.deleteCluster)
	c.handle("POST /clusters/{cluster}/update-config", c.changeCluster("ConfigUpdate"))
	c.handle("POST /clusters/{cluster}/encryption-config/associate", c.changeCluster("AssociateEncryptionConfig"))
	c.handle("POST /clusters/{cluster}/updates", c.updateVersion)
	c.handle("GET /clusters/{cluster}/updates/{update}", c.describeUpdate)
}

func (c *controlPlane) createCluster(r *http.Request, request object) (object, error) {
	name, versions := request.text("name"), c.account.options.Backend.Versions()
	version := request.text("version")
	if version == "" {
		version = slices.Max(versions)
	}
	if !slices.Contains(versions, version) {
		return nil, refuse(invalidParameter, "unsupported Kubernetes version %s; there is a server for %s", version,
			strings.Join(versions, ", "))
	}
	subnets, err := c.account.subnets(r.Context(), request.texts("resourcesVpcConfig.subnetIds"))
	if err != nil || len(subnets) == 0 {
		return nil, refuse(invalidParameter, "The subnet IDs are not valid: %v", err)
	}
	answer, err := c.ask(r.Context(), http.MethodPost, "/clusters", request.merged(object{"version": version}))
	if err != nil {
		return nil, err
	}
	group, err := c.account.newSecurityGroup(r.Context(), name, subnets[0].VPC)
	if err != nil {
		return nil, err
	}
	made := &cluster{
		group: group, nodeGroups: map[string]*nodeGroup{}, addons: map[string]object{}, entries: map[string]object{},
		policies: map[string]map[string]object{}, identities: map[string]object{}, updates: map[string]object{},
	}
	made.overlay = c.clusterOverlay(request, subnets[0].VPC, group)
	c.clusters[name] = made
	if flag, given := made.overlay.at("accessConfig.bootstrapClusterCreatorAdminPermissions").(bool); flag || !given {
		c.addCreator(made, name, c.account.callerOf(r))
	}
	c.start(name, version, made)
	described, _ := asObject(answer["cluster"])
	return object{"cluster": described.merged(made.overlay)}, nil
}

// clusterOverlay is what EKS answers about a new cluster and moto does not.
func (c *controlPlane) clusterOverlay(request object, vpc, group string) object {
	given := object{}
	for _, name := range []string{"accessConfig", "upgradePolicy", "kubernetesNetworkConfig", "encryptionConfig"} {
		if value := request[name]; value != nil {
			given[name] = value
		}
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails: crypto/rand ends the process instead
	issuer := "https://oidc.eks." + c.account.options.Region + ".amazonaws.com/id/" +
		strings.ToUpper(hex.EncodeToString(id))
	return object{
		"status": creating, "endpoint": nil, "certificateAuthority": nil,
		"identity":      object{"oidc": object{"issuer": issuer}},
		"accessConfig":  object{"authenticationMode": "CONFIG_MAP", "bootstrapClusterCreatorAdminPermissions": true},
		"upgradePolicy": object{"supportType": "EXTENDED"},
		"kubernetesNetworkConfig": object{
			"ipFamily": "ipv4", "serviceIpv4Cidr": defaultServices, "elasticLoadBalancing": object{"enabled": false},
		},
		"resourcesVpcConfig": vpcOverlay(request, vpc, group),
	}.merged(given)
}

// vpcOverlay fills in EKS's defaults where the request says nothing.
func vpcOverlay(request object, vpc, group string) object {
	overlay := object{"vpcId": vpc, "clusterSecurityGroupId": group}
	for name, value := range map[string]any{
		"publicAccessCidrs": []any{"0.0.0.0/0"}, "securityGroupIds": []any{},
		"endpointPublicAccess": true, "endpointPrivateAccess": false,
	} {
		if request.at("resourcesVpcConfig."+name) == nil {
			overlay[name] = value
		}
	}
	return overlay
}

// start brings up the API server. The cluster is CREATING meanwhile, as on EKS.
func (c *controlPlane) start(name, version string, made *cluster) {
	spec := aws.ClusterSpec{
		Name: name, Version: version, Issuer: made.overlay.text("identity.oidc.issuer"),
		ServiceIPv4CIDR: made.overlay.text("kubernetesNetworkConfig.serviceIpv4Cidr"),
	}
	var reached aws.ClusterEndpoint
	c.later(func(ctx context.Context) (err error) {
		reached, err = c.account.options.Backend.CreateCluster(ctx, spec)
		return err
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("cluster not created", "cluster", name, "error", err)
			made.overlay["status"] = "FAILED"
			return
		}
		made.overlay = made.overlay.merged(object{
			"status": active, "endpoint": reached.Endpoint,
			"certificateAuthority": object{"data": reached.CertificateAuthorityData},
		})
	})
}

func (c *controlPlane) describeCluster(r *http.Request, _ object) (object, error) {
	found := c.clusters[r.PathValue("cluster")]
	if found != nil && found.last != nil {
		return object{"cluster": found.last.merged(found.overlay)}, nil
	}
	answer, err := c.ask(r.Context(), http.MethodGet, r.URL.Path, nil)
	if err != nil || found == nil {
		return answer, err
	}
	described, _ := asObject(answer["cluster"])
	return object{"cluster": described.merged(found.overlay)}, nil
}

// deleteCluster lets moto decide, and keeps the cluster in sight until its servers are gone.
func (c *controlPlane) deleteCluster(r *http.Request, _ object) (object, error) {
	name := r.PathValue("cluster")
	answer, err := c.ask(r.Context(), http.MethodDelete, r.URL.Path, nil)
	found := c.clusters[name]
	if err != nil || found == nil {
		return answer, err
	}
	found.last, _ = asObject(answer["cluster"])
	found.overlay["status"] = deleting
	c.later(func(ctx context.Context) error {
		if err := c.account.options.Backend.DeleteCluster(ctx, name); err != nil {
			return err
		}
		return c.account.deleteSecurityGroup(ctx, found.group)
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("cluster not deleted", "cluster", name, "error", err)
			return
		}
		delete(c.clusters, name)
	})
	return object{"cluster": found.last.merged(found.overlay)}, nil
}

// changeCluster takes over what a request says. moto would keep some of it, answers a cluster where EKS answers an
// update, and forgets the rest.
func (c *controlPlane) changeCluster(kind string) func(*http.Request, object) (object, error) {
	return func(r *http.Request, request object) (object, error) {
		found, err := c.find(r)
		if err != nil {
			return nil, err
		}
		delete(request, "clientRequestToken")
		found.overlay = found.overlay.merged(request)
		return found.newUpdate(kind, "Successful"), nil
	}
}

func (c *controlPlane) updateVersion(r *http.Request, request object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	version, versions := request.text("version"), c.account.options.Backend.Versions()
	if !slices.Contains(versions, version) {
		return nil, refuse(invalidParameter, "Unsupported Kubernetes minor version update to %s; there is a server for %s",
			version, strings.Join(versions, ", "))
	}
	found.overlay["version"] = version
	return found.newUpdate(versionUpdate, "Successful"), nil
}

// newUpdate records that something is changed, for those who wait for it.
func (c *cluster) newUpdate(kind, status string) object {
	id := newUUID()
	c.updates[id] = object{
		"id": id, "status": status, "type": kind, "params": []any{}, "errors": []any{}, "createdAt": now(),
	}
	return object{"update": c.updates[id]}
}

func (c *controlPlane) describeUpdate(r *http.Request, _ object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	update := found.updates[r.PathValue("update")]
	if update == nil {
		return nil, refuse(notFound, "No update found for ID: %s", r.PathValue("update"))
	}
	return object{"update": update}, nil
}

func newUUID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // as above
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
