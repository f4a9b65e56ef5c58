package aws

import (
	"maps"
	"strings"
)

func ec2TagKinds() map[string]*kind {
	return map[string]*kind{
		typeTag: {
			title: "EC2 Tag", service: ec2, named: "key",
			calls:  calls{create: "CreateTags", update: "CreateTags", remove: "DeleteTags"},
			create: (*tx).createTag, update: (*tx).updateTag,
		},
	}
}

// createTag puts a tag on something that another program has made. AWS overwrites one that is there.
func (t *tx) createTag(inputs props) (*record, error) {
	id := inputs.str("resourceId")
	r := &record{Type: typeTag, ID: id + "," + inputs.str("key")}
	return r, t.updateTag(r, inputs)
}

func (t *tx) updateTag(_ *record, inputs props) error {
	id := inputs.str("resourceId")
	for _, target := range t.where(func(r *record) bool { return r.ID == id }) {
		k := t.cloud.kinds[target.Type]
		if k.tags != ec2Tags {
			continue
		}
		all := t.tagsOf(target)
		all[inputs.str("key")] = inputs.str("value")
		return t.checkTags(k, all)
	}
	if strings.HasPrefix(id, "subnet-") {
		return t.fail("InvalidSubnetID.NotFound", "The subnet ID '%s' does not exist", id)
	}
	return t.fail("InvalidID", "The ID '%s' is not valid", id)
}

// tagsOf are all tags of a thing: those that its own program gave it, and those that others put on it.
func (t *tx) tagsOf(r *record) map[string]string {
	all := map[string]string{}
	maps.Copy(all, r.properties().stringMap("tagsAll"))
	for _, tag := range t.of(typeTag, "resourceId", r.ID) {
		all[tag.str("key")] = tag.str("value")
	}
	return all
}

func (t *tx) viewTags(r *record) props { return props{"tagsAll": t.tagsOf(r)} }
