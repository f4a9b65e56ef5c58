package moto

import (
	"fmt"
	"net/http"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const (
	entryPath  = "/clusters/{cluster}/access-entries/{principal}"
	policyPath = entryPath + "/access-policies"
	// madeByEKS marks an entry that nobody asked for, which is not in the inventory. No client knows the property.
	madeByEKS        = "localcloudMadeByEKS"
	clusterAdminRole = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
)

func (c *controlPlane) routeAccess() {
	c.handle("POST /clusters/{cluster}/access-entries", c.createEntry)
	c.handle("GET "+entryPath, c.describeEntry)
	c.handle("POST "+entryPath, c.updateEntry)
	c.handle("DELETE "+entryPath, c.deleteEntry)
	c.handle("POST "+policyPath, c.associatePolicy)
	c.handle("GET "+policyPath, c.listPolicies)
	c.handle("DELETE "+policyPath+"/{policy}", c.disassociatePolicy)
}

func (c *controlPlane) newEntry(cluster, principal string, request object) object {
	entry := object{
		"clusterName": cluster, "principalArn": principal, "type": "STANDARD", "username": principal,
		"kubernetesGroups": []any{}, "createdAt": now(), "modifiedAt": now(), "tags": object{},
		"accessEntryArn": c.arn("access-entry/" + cluster + "/" + lastOf(principal) + "/" + newUUID()),
	}
	for _, property := range []string{"type", "username", "kubernetesGroups", "tags"} {
		if value := request[property]; value != nil {
			entry[property] = value
		}
	}
	if entry.text("type") == "EC2_LINUX" {
		entry["username"], entry["kubernetesGroups"] = "system:node:{{EC2PrivateDNSName}}", []any{"system:nodes"}
	}
	return entry
}

// addCreator is the entry of the principal who made the cluster, where it is asked for.
func (c *controlPlane) addCreator(made *cluster, name, principal string) {
	if made.overlay.text("accessConfig.authenticationMode") == "CONFIG_MAP" {
		return
	}
	entry := c.newEntry(name, principal, object{})
	entry[madeByEKS] = true
	made.entries[principal] = entry
	made.policies[principal] = map[string]object{clusterAdminRole: {
		"policyArn": clusterAdminRole, "accessScope": object{"type": "cluster", "namespaces": []any{}},
		"associatedAt": now(), "modifiedAt": now(),
	}}
}

func (c *controlPlane) createEntry(r *http.Request, request object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	principal := request.text("principalArn")
	if old := found.entries[principal]; old != nil && old[madeByEKS] == nil {
		return nil, refuse(inUse, "The specified access entry resource is already in use on this cluster.")
	}
	if found.overlay.text("accessConfig.authenticationMode") == "CONFIG_MAP" {
		return nil, refuse("InvalidRequestException", "The cluster's authentication mode must be set to one of "+
			"[API, API_AND_CONFIG_MAP] to perform this operation.")
	}
	found.entries[principal] = c.newEntry(r.PathValue("cluster"), principal, request)
	return object{"accessEntry": found.entries[principal]}, nil
}

func (c *controlPlane) entryOf(r *http.Request) (*cluster, object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, nil, err
	}
	principal := r.PathValue("principal")
	entry := found.entries[principal]
	if entry == nil {
		return nil, nil, refuse(notFound, "The specified principalArn could not be found. You can view your available "+
			"access entries with 'list-access-entries': %s", principal)
	}
	return found, entry, nil
}

func (c *controlPlane) describeEntry(r *http.Request, _ object) (object, error) {
	_, entry, err := c.entryOf(r)
	return object{"accessEntry": entry}, err
}

func (c *controlPlane) updateEntry(r *http.Request, request object) (object, error) {
	found, entry, err := c.entryOf(r)
	if err != nil {
		return nil, err
	}
	change := object{"modifiedAt": now()}
	for _, property := range []string{"username", "kubernetesGroups"} {
		if value := request[property]; value != nil {
			change[property] = value
		}
	}
	found.entries[r.PathValue("principal")] = entry.merged(change)
	return object{"accessEntry": found.entries[r.PathValue("principal")]}, nil
}

func (c *controlPlane) deleteEntry(r *http.Request, _ object) (object, error) {
	found, _, err := c.entryOf(r)
	if err != nil {
		return nil, err
	}
	delete(found.entries, r.PathValue("principal"))
	delete(found.policies, r.PathValue("principal"))
	return object{}, nil
}

func (c *controlPlane) associatePolicy(r *http.Request, request object) (object, error) {
	found, _, err := c.entryOf(r)
	if err != nil {
		return nil, err
	}
	principal, policy := r.PathValue("principal"), request.text("policyArn")
	if found.policies[principal] == nil {
		found.policies[principal] = map[string]object{}
	}
	association := object{
		"policyArn": policy, "accessScope": request["accessScope"], "associatedAt": now(), "modifiedAt": now(),
	}
	found.policies[principal][policy] = association
	return object{
		"clusterName": r.PathValue("cluster"), "principalArn": principal, "associatedAccessPolicy": association,
	}, nil
}

func (c *controlPlane) listPolicies(r *http.Request, _ object) (object, error) {
	found, _, err := c.entryOf(r)
	if err != nil {
		return nil, err
	}
	list := []any{}
	for _, association := range found.policies[r.PathValue("principal")] {
		list = append(list, association)
	}
	return object{
		"clusterName": r.PathValue("cluster"), "principalArn": r.PathValue("principal"), "associatedAccessPolicies": list,
	}, nil
}

func (c *controlPlane) disassociatePolicy(r *http.Request, _ object) (object, error) {
	found, _, err := c.entryOf(r)
	if err != nil {
		return nil, err
	}
	policies, policy := found.policies[r.PathValue("principal")], r.PathValue("policy")
	if policies[policy] == nil {
		return nil, refuse(notFound, "The specified policy is not associated with the principal: %s", policy)
	}
	delete(policies, policy)
	return object{}, nil
}

// Authenticate says who the owner of a token is in a cluster, which is called as the backend calls it, by the cluster's
// access entries.
func (a *Account) Authenticate(cluster, token string) (aws.Identity, error) {
	cluster, region := aws.ClusterOf(cluster)
	a = a.in(region)
	principal, err := aws.VerifyToken(a.credentials, a.options.Region, cluster, token)
	if err != nil {
		return aws.Identity{}, err
	}
	a.eks.mu.Lock()
	defer a.eks.mu.Unlock()
	found := a.eks.clusters[cluster]
	if found == nil {
		return aws.Identity{}, fmt.Errorf("there is no cluster %q", cluster)
	}
	entry := found.entries[principal]
	if entry == nil {
		return aws.Identity{}, fmt.Errorf("%s has no access entry in cluster %s", principal, cluster)
	}
	identity := aws.NewIdentity(a.options.AccountID, principal, entry.text("username"))
	identity.Groups = entry.texts("kubernetesGroups")
	for _, association := range found.policies[principal] {
		var namespaces []string
		if association.text("accessScope.type") != "cluster" {
			namespaces = association.texts("accessScope.namespaces")
		}
		identity.Groups = append(identity.Groups, aws.AccessPolicyGroups(association.text("policyArn"), namespaces)...)
	}
	return identity, nil
}
