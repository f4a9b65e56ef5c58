package moto

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
)

const identityPath = "/clusters/{cluster}/pod-identity-associations/{association}"

func (c *controlPlane) routeIdentities() {
	c.handle("POST /clusters/{cluster}/pod-identity-associations", c.createIdentity)
	c.handle("GET "+identityPath, c.describeIdentity)
	c.handle("POST "+identityPath, c.updateIdentity)
	c.handle("DELETE "+identityPath, c.deleteIdentity)
}

func (c *controlPlane) createIdentity(r *http.Request, request object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	for _, other := range found.identities {
		if other["namespace"] == request["namespace"] && other["serviceAccount"] == request["serviceAccount"] {
			return nil, refuse(inUse, "Association already exists: %s", other.text("associationId"))
		}
	}
	random := make([]byte, 9)
	_, _ = rand.Read(random) // never fails: crypto/rand ends the process instead
	id, cluster := "a-"+hex.EncodeToString(random)[:17], r.PathValue("cluster")
	association := object{
		"clusterName": cluster, "associationId": id, "createdAt": now(), "modifiedAt": now(), "tags": object{},
		"associationArn": c.arn("podidentityassociation/" + cluster + "/" + id), "disableSessionTags": false,
	}.merged(request)
	delete(association, "clientRequestToken")
	found.identities[id] = association
	return object{"association": association}, nil
}

func (c *controlPlane) identityOf(r *http.Request) (*cluster, object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, nil, err
	}
	association := found.identities[r.PathValue("association")]
	if association == nil {
		return nil, nil, refuse(notFound, "Association not found: %s", r.PathValue("association"))
	}
	return found, association, nil
}

func (c *controlPlane) describeIdentity(r *http.Request, _ object) (object, error) {
	_, association, err := c.identityOf(r)
	return object{"association": association}, err
}

func (c *controlPlane) updateIdentity(r *http.Request, request object) (object, error) {
	found, association, err := c.identityOf(r)
	if err != nil {
		return nil, err
	}
	delete(request, "clientRequestToken")
	association = association.merged(request).merged(object{"modifiedAt": now()})
	found.identities[r.PathValue("association")] = association
	return object{"association": association}, nil
}

func (c *controlPlane) deleteIdentity(r *http.Request, _ object) (object, error) {
	found, association, err := c.identityOf(r)
	if err != nil {
		return nil, err
	}
	delete(found.identities, r.PathValue("association"))
	return object{"association": association}, nil
}
