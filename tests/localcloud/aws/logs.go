package aws

import "strings"

// madeByEKS marks what EKS makes on its own account but leaves behind when the cluster goes.
const madeByEKS = "madeByEKS"

func logKinds() map[string]*kind {
	return map[string]*kind{
		typeLogGroup: {
			title: "CloudWatch Logs Log Group", service: logs, named: "name", tags: logsTags,
			calls:  calls{create: "CreateLogGroup", update: "PutRetentionPolicy", remove: "DeleteLogGroup"},
			create: (*tx).createLogGroup, update: (*tx).updateLogGroup, keep: (*tx).keepLogGroup,
		},
	}
}

func (t *tx) createLogGroup(inputs props) (*record, error) {
	name := nameOf(inputs)
	if t.lookup(typeLogGroup, name) != nil {
		return nil, t.fail("ResourceAlreadyExistsException", "The specified log group already exists")
	}
	r := t.newLogGroup(name)
	r.Computed["namePrefix"] = inputs.str("namePrefix")
	r.Computed["logGroupClass"] = orElse(inputs.str("logGroupClass"), "STANDARD")
	return r, t.updateLogGroup(r, inputs)
}

func (t *tx) newLogGroup(name string) *record {
	return &record{
		Type: typeLogGroup, ID: name,
		Inputs: props{"name": name, "retentionInDays": 0, "skipDestroy": false},
		Computed: props{
			"arn": t.arn("logs", "log-group:"+name), "name": name, "namePrefix": "", "logGroupClass": "STANDARD",
			"tagsAll": map[string]any{},
		},
	}
}

func (t *tx) updateLogGroup(r *record, inputs props) error {
	keyARN := inputs.str("kmsKeyId")
	if keyARN == "" {
		return nil
	}
	group, _ := t.usableKey(keyARN)
	service := "logs." + t.cloud.options.Region + ".amazonaws.com"
	if group == nil || !strings.Contains(group.str("policy"), service) {
		return t.failIn("AssociateKmsKey", "InvalidParameterException", "The specified KMS key does not exist or is not "+
			"allowed to be used with LogGroup '%s'", r.str("arn"))
	}
	return nil
}

// keepLogGroup is true where a log group is there although it was deleted: when the program asked for that, and when a
// cluster that still logs makes it anew.
func (t *tx) keepLogGroup(r *record) bool {
	if r.Inputs.flag("skipDestroy") {
		return true
	}
	for _, cluster := range t.all(typeCluster) {
		if logGroupOf(cluster) == r.ID && t.writesLogs(cluster) {
			t.put(t.eksLogGroup(cluster))
			return true
		}
	}
	return false
}

func logGroupOf(cluster *record) string { return "/aws/eks/" + cluster.ID + "/cluster" }

func (t *tx) eksLogGroup(cluster *record) *record {
	r := t.newLogGroup(logGroupOf(cluster))
	r.fact(madeByEKS, true)
	return r
}

// writesLogs says that a cluster's control plane would make its log group. Its role can be denied that.
func (t *tx) writesLogs(cluster *record) bool {
	role := t.roleWithARN(cluster.str("roleArn"))
	return len(cluster.strings("enabledClusterLogTypes")) > 0 && cluster.Status != statusDeleting &&
		(role == nil || !t.denies(role, "logs:CreateLogGroup"))
}
