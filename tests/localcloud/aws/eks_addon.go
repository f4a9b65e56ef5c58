package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

func addonKinds() map[string]*kind {
	return map[string]*kind{
		typeAddon: {
			title: "EKS Add-On", service: eks, named: "addonName", tags: eksTags,
			calls: calls{create: "CreateAddon", update: "UpdateAddon", remove: "DeleteAddon"},
			references: []reference{
				{property: "clusterName", token: typeCluster, code: notFound, message: noSuchCluster},
			},
			create: (*tx).createAddon, finishCreate: finishAddon,
			update: (*tx).updateAddon, finishUpdate: finishAddonUpdate,
			finishRemove: finishAddonRemoval,
		},
	}
}

func (t *tx) createAddon(inputs props) (*record, error) {
	cluster := t.lookup(typeCluster, inputs.str("clusterName"))
	if cluster.Status != statusActive {
		return nil, t.fail(invalidRequest, "Cluster '%s' is not in ACTIVE status", cluster.ID)
	}
	name := inputs.str("addonName")
	if t.lookup(typeAddon, cluster.ID+":"+name) != nil {
		return nil, t.fail(inUse, "Addon already exists.")
	}
	if err := t.checkAddon(cluster, inputs); err != nil {
		return nil, err
	}
	r := &record{
		Type: typeAddon, ID: cluster.ID + ":" + name, Status: statusCreating, Inputs: inputs,
		Computed: props{
			"arn": t.arn("eks", "addon/"+cluster.ID+"/"+name+"/"+newUUID()), "createdAt": timestamp(),
		},
	}
	t.computeAddon(r, cluster, inputs)
	return r, nil
}

func (t *tx) computeAddon(r, cluster *record, inputs props) {
	r.set("modifiedAt", timestamp())
	r.set("configurationValues", inputs.str("configurationValues"))
	r.set("addonVersion", orElse(inputs.str("addonVersion"),
		orElse(r.str("addonVersion"), addonVersions(inputs.str("addonName"), cluster.str("version"))[0])))
	associations := inputs.list("podIdentityAssociations")
	if associations == nil {
		associations = []any{}
	}
	r.set("podIdentityAssociations", associations)
}

func (t *tx) checkAddon(cluster *record, inputs props) error {
	name, minor, version := inputs.str("addonName"), cluster.str("version"), inputs.str("addonVersion")
	versions := addonVersions(name, minor)
	if len(versions) == 0 {
		return t.fail(invalidParameter, "Addon %s specified is not supported in %s kubernetes version", name, minor)
	}
	if version != "" && !slices.Contains(versions, version) {
		return t.fail(invalidParameter, "Addon version specified is not supported: %s %s for Kubernetes %s; known are %s",
			name, version, minor, strings.Join(versions, ", "))
	}
	if arn := inputs.str("serviceAccountRoleArn"); arn != "" && t.roleWithARN(arn) == nil {
		return t.fail(invalidParameter, "Role %s does not exist.", arn)
	}
	supported := addons[name].serviceAccounts
	for _, association := range inputs.objects("podIdentityAssociations") {
		account := association.str("serviceAccount")
		if len(supported) == 0 {
			return t.fail(invalidParameter, "Pod Identity feature is not supported for addon version: %s",
				orElse(version, versions[0]))
		}
		if !slices.Contains(supported, account) {
			return t.fail(invalidParameter, "Service account %s is not supported for addon %s", account, name)
		}
		if err := t.checkPodRole(association.str("roleArn")); err != nil {
			return err
		}
	}
	return t.checkAddonConfiguration(name, inputs.str("configurationValues"))
}

func (t *tx) checkAddonConfiguration(name, text string) error {
	if text == "" {
		return nil
	}
	var settings map[string]any
	if err := json.Unmarshal([]byte(text), &settings); err != nil {
		return t.fail(invalidParameter, "ConfigurationValue provided in request is not supported: it is no JSON object")
	}
	for setting := range settings {
		if !slices.Contains(addons[name].settings, setting) {
			return t.fail(invalidParameter, "ConfigurationValue provided in request is not supported: Json schema validation "+
				"failed with error: [$.%s: is not defined in the schema and the schema does not allow additional properties]",
				setting)
		}
	}
	return nil
}

// GivesPrefixes says whether a CNI of this configuration gives nodes blocks of addresses in place of single ones.
func GivesPrefixes(configurationValues string) bool {
	var settings struct {
		Env map[string]string `json:"env"`
	}
	// What is no JSON, or of another shape, EKS has refused already.
	return json.Unmarshal([]byte(configurationValues), &settings) == nil &&
		settings.Env["ENABLE_PREFIX_DELEGATION"] == "true"
}

func (t *tx) updateAddon(r *record, inputs props) error {
	cluster := t.lookup(typeCluster, r.str("clusterName"))
	if err := t.checkAddon(cluster, inputs); err != nil {
		return err
	}
	if r.ID == cluster.ID+":vpc-cni" && inputs.has("addonVersion") {
		before, after := numbersIn(r.str("addonVersion")), numbersIn(inputs.str("addonVersion"))
		if after[0] == before[0] && (after[1]-before[1] > 1 || before[1]-after[1] > 1) {
			return t.fail(invalidParameter, "Updating VPC-CNI can only go up or down 1 minor version at a time")
		}
	}
	t.computeAddon(r, cluster, inputs)
	return nil
}

func finishAddon(ctx context.Context, c *Cloud, recordKey string) error {
	return applyAddon(ctx, c, recordKey, "create")
}

func finishAddonUpdate(ctx context.Context, c *Cloud, recordKey string) error {
	return applyAddon(ctx, c, recordKey, "update")
}

var errNoNodes = errors.New("InsufficientNumberOfReplicas: The add-on is unhealthy because it doesn't have the " +
	"desired " +
	"number of replicas")

// applyAddon puts an add-on into its cluster. One with pods to schedule is DEGRADED until there are nodes for them, and
// the provider waits 20 minutes before it gives up; nothing here takes time, so it gives up at once.
func applyAddon(ctx context.Context, c *Cloud, recordKey, doing string) error {
	var cluster string
	var spec AddonSpec
	nodes := 0
	c.store.look(func(a *account) {
		t := c.tx(a)
		r := t.at(recordKey)
		cluster = r.str("clusterName")
		spec = AddonSpec{Name: r.str("addonName"), Version: r.str("addonVersion")}
		for _, group := range t.of(typeNodeGroup, "clusterName", cluster) {
			if group.Status == statusActive {
				nodes += group.properties().number("scalingConfig.desiredSize")
			}
		}
	})
	var err error
	if addons[spec.Name].workload && nodes == 0 {
		err = errNoNodes
	} else {
		err = c.options.Backend.ApplyAddon(ctx, cluster, spec)
	}
	if err != nil && ctx.Err() != nil {
		return err // the daemon ends: the add-on stays as it is, and the next daemon goes on with it
	}
	var outcome error
	if err != nil {
		outcome = fmt.Errorf("waiting for EKS Add-On (%s:%s) %s: timeout while waiting for state to become 'ACTIVE' (last "+
			"state: 'DEGRADED', timeout: 20m0s): %w", cluster, spec.Name, doing, err)
	}
	return c.change("CreateAddon", func(t *tx) error {
		if r := t.at(recordKey); r != nil {
			r.Status = statusActive
			if err != nil {
				r.Status = statusDegraded
			}
		}
		return nil
	}, outcome)
}

// recoverAddons tries degraded add-ons again, once there are nodes. Whoever waited for them has given up by now.
func (c *Cloud) recoverAddons(ctx context.Context, cluster string) {
	var degraded []string
	c.store.look(func(a *account) {
		t := c.tx(a)
		for _, r := range t.of(typeAddon, "clusterName", cluster) {
			if r.Status == statusDegraded {
				degraded = append(degraded, r.key())
			}
		}
	})
	for _, recordKey := range degraded {
		// It stays degraded if it fails again.
		_ = applyAddon(ctx, c, recordKey, "update")
	}
}

// finishAddonRemoval leaves the workload in the cluster when asked to.
func finishAddonRemoval(ctx context.Context, c *Cloud, recordKey string) error {
	cluster, name, _ := strings.Cut(strings.TrimPrefix(recordKey, typeAddon+"|"), ":")
	preserve := false
	c.store.look(func(a *account) { preserve = c.tx(a).at(recordKey).Inputs.flag("preserve") })
	if !preserve {
		if err := c.options.Backend.DeleteAddon(ctx, cluster, name); err != nil {
			return fmt.Errorf("waiting for EKS Add-On (%s:%s) delete: %w", cluster, name, err)
		}
	}
	return c.change("DeleteAddon", func(t *tx) error {
		if r := t.at(recordKey); r != nil {
			t.drop(r)
		}
		return nil
	}, nil)
}
