package moto

import (
	"maps"
	"net/http"
)

// routeTags tags what moto cannot tag: it can tag clusters.
func (c *controlPlane) routeTags() {
	c.mux.HandleFunc("/tags/{arn}", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		found, _ := c.tagged(r.PathValue("arn"))
		c.mu.Unlock()
		if found == nil {
			c.account.proxy.ServeHTTP(w, r)
			return
		}
		c.tagging.ServeHTTP(w, r)
	})
	c.tagging = http.NewServeMux()
	handleOn(c.tagging, c, "GET /tags/{arn}", func(r *http.Request, _ object) (object, error) {
		found, _ := c.tagged(r.PathValue("arn"))
		return object{"tags": found["tags"]}, nil
	})
	handleOn(c.tagging, c, "POST /tags/{arn}", func(r *http.Request, request object) (object, error) {
		added, _ := asObject(request["tags"])
		c.retag(r.PathValue("arn"), added)
		return object{}, nil
	})
	handleOn(c.tagging, c, "DELETE /tags/{arn}", func(r *http.Request, _ object) (object, error) {
		removed := object{}
		for _, name := range r.URL.Query()["tagKeys"] {
			removed[name] = nil
		}
		c.retag(r.PathValue("arn"), removed)
		return object{}, nil
	})
}

// tagged finds something whose tags moto does not keep, or keeps as they were at first, and says how to replace it.
func (c *controlPlane) tagged(arn string) (found object, replace func(object)) {
	for _, cluster := range c.clusters {
		for _, group := range cluster.nodeGroups {
			if group.overlay.text("nodegroupArn") == arn {
				return group.overlay, func(changed object) { group.overlay = changed }
			}
		}
		for property, table := range map[string]map[string]object{
			"addonArn": cluster.addons, "accessEntryArn": cluster.entries, "associationArn": cluster.identities,
		} {
			for key, candidate := range table {
				if candidate.text(property) == arn {
					return candidate, func(changed object) { table[key] = changed }
				}
			}
		}
	}
	return nil, nil
}

// retag changes tags, and takes away those that are null. It replaces the object, because an answer with the old one
// may still be on its way.
func (c *controlPlane) retag(arn string, changes object) {
	found, replace := c.tagged(arn)
	if found == nil {
		return
	}
	old, _ := asObject(found["tags"])
	changed := maps.Clone(found)
	changed["tags"] = old.merged(changes)
	replace(changed)
}
