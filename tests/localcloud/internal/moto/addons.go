package moto

import (
	"context"
	"net/http"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/tests/localcloud/aws"
)

const addonPath = "/clusters/{cluster}/addons/{addon}"

func (c *controlPlane) routeAddons() {
	c.handle("POST /clusters/{cluster}/addons", c.createAddon)
	c.handle("GET "+addonPath, c.describeAddon)
	c.handle("POST "+addonPath+"/update", c.updateAddon)
	c.handle("DELETE "+addonPath, c.deleteAddon)
	c.handle("GET /addons/supported-versions", c.addonVersions)
}

func (c *controlPlane) createAddon(r *http.Request, request object) (object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, err
	}
	name, cluster := request.text("addonName"), r.PathValue("cluster")
	if found.addons[name] != nil {
		return nil, refuse(inUse, "Addon already exists.")
	}
	versions := aws.AddonVersions(name, c.versionOf(found))
	if len(versions) == 0 {
		return nil, refuse(invalidParameter, "Addon %s specified is not supported in %s kubernetes version", name,
			c.versionOf(found))
	}
	addon := object{
		"addonName": name, "clusterName": cluster, "status": creating, "createdAt": now(), "modifiedAt": now(),
		"addonArn":     c.arn("addon/" + cluster + "/" + name + "/" + newUUID()),
		"addonVersion": versions[0], "health": object{"issues": []any{}}, "tags": object{},
	}
	for _, property := range []string{"addonVersion", "serviceAccountRoleArn", "configurationValues", "tags"} {
		if value := request[property]; value != nil {
			addon[property] = value
		}
	}
	found.addons[name] = addon
	c.apply(found, cluster, name, func(err error) {
		found.addons[name] = found.addons[name].merged(object{"status": outcome(err, active, "CREATE_FAILED")})
	})
	return object{"addon": addon}, nil
}

func (c *controlPlane) versionOf(found *cluster) string {
	if version := found.overlay.text("version"); version != "" {
		return version
	}
	return c.account.options.Backend.Versions()[0]
}

// apply puts an add-on into its cluster and waits until it is available.
func (c *controlPlane) apply(found *cluster, cluster, name string, done func(error)) {
	spec := aws.AddonSpec{Name: name, Version: found.addons[name].text("addonVersion")}
	c.later(func(ctx context.Context) error {
		return c.account.options.Backend.ApplyAddon(ctx, cluster, spec)
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("add-on not applied", "cluster", cluster, "add-on", name, "error", err)
		}
		if found.addons[name] != nil {
			done(err)
		}
	})
}

func (c *controlPlane) addonOf(r *http.Request) (*cluster, object, error) {
	found, err := c.find(r)
	if err != nil {
		return nil, nil, err
	}
	addon := found.addons[r.PathValue("addon")]
	if addon == nil {
		return nil, nil, refuse(notFound, "No addon: %s found in cluster: %s", r.PathValue("addon"), r.PathValue("cluster"))
	}
	return found, addon, nil
}

func (c *controlPlane) describeAddon(r *http.Request, _ object) (object, error) {
	_, addon, err := c.addonOf(r)
	return object{"addon": addon}, err
}

func (c *controlPlane) updateAddon(r *http.Request, request object) (object, error) {
	found, addon, err := c.addonOf(r)
	if err != nil {
		return nil, err
	}
	change := object{"modifiedAt": now()}
	for _, property := range []string{"addonVersion", "serviceAccountRoleArn", "configurationValues"} {
		if value := request[property]; value != nil {
			change[property] = value
		}
	}
	name := r.PathValue("addon")
	found.addons[name] = addon.merged(change)
	answer := found.newUpdate("AddonUpdate", "InProgress")
	id := answer.text("update.id")
	c.apply(found, r.PathValue("cluster"), name, func(err error) {
		found.updates[id] = found.updates[id].merged(object{"status": outcome(err, "Successful", "Failed")})
	})
	return answer, nil
}

func (c *controlPlane) deleteAddon(r *http.Request, _ object) (object, error) {
	found, addon, err := c.addonOf(r)
	if err != nil {
		return nil, err
	}
	name, cluster, preserve := r.PathValue("addon"), r.PathValue("cluster"), r.URL.Query().Get("preserve") == "true"
	found.addons[name] = addon.merged(object{"status": deleting})
	c.later(func(ctx context.Context) error {
		if preserve {
			return nil
		}
		return c.account.options.Backend.DeleteAddon(ctx, cluster, name)
	}, func(err error) {
		if err != nil {
			c.account.options.Log.Error("add-on not deleted", "cluster", cluster, "add-on", name, "error", err)
			found.addons[name] = addon.merged(object{"status": "DELETE_FAILED"})
			return
		}
		delete(found.addons, name)
	})
	return object{"addon": found.addons[name]}, nil
}

func (c *controlPlane) addonVersions(r *http.Request, _ object) (object, error) {
	query := r.URL.Query()
	name, minor := query.Get("addonName"), query.Get("kubernetesVersion")
	versions := aws.AddonVersions(name, minor)
	infos := make([]any, 0, len(versions))
	for i, version := range versions {
		infos = append(infos, object{
			"addonVersion":    version,
			"compatibilities": []any{object{"clusterVersion": minor, "defaultVersion": i == 0, "platformVersions": []any{"*"}}},
		})
	}
	return object{"addons": []any{object{"addonName": name, "addonVersions": infos}}}, nil
}

// arn is the name of something of EKS's.
func (c *controlPlane) arn(resource string) string {
	return "arn:aws:eks:" + c.account.options.Region + ":" + c.account.options.AccountID + ":" + resource
}
