package aws

func launchTemplateKinds() map[string]*kind {
	return map[string]*kind{
		typeLaunchTemplate: {
			title: "EC2 Launch Template", service: ec2, named: "name", tags: ec2Tags,
			calls: calls{
				create: "CreateLaunchTemplate", update: "CreateLaunchTemplateVersion", remove: "DeleteLaunchTemplate",
			},
			create: (*tx).createLaunchTemplate, update: (*tx).updateLaunchTemplate,
		},
	}
}

func (t *tx) createLaunchTemplate(inputs props) (*record, error) {
	name := nameOf(inputs)
	if len(t.of(typeLaunchTemplate, "name", name)) > 0 {
		return nil, t.fail("InvalidLaunchTemplateName.AlreadyExistsException",
			"Launch template name already in use: %s", name)
	}
	if err := t.checkTemplate(inputs); err != nil {
		return nil, err
	}
	id := newID("lt")
	return &record{
		ID: id,
		// Every version stays, because a node group may use an old one.
		Facts: props{"versions": []any{map[string]any(inputs)}},
		Computed: props{
			"arn": t.arn("ec2", "launch-template/"+id), "name": name, "namePrefix": inputs.str("namePrefix"),
			"latestVersion": 1, "defaultVersion": 1, "metadataOptions": metadataOptions(inputs),
		},
	}, nil
}

func (t *tx) checkTemplate(inputs props) error {
	for _, id := range inputs.strings("vpcSecurityGroupIds") {
		if t.lookup(typeSecurityGroup, id) == nil {
			return t.fail("InvalidGroup.NotFound", noSuchGroup, id)
		}
	}
	if len(inputs.strings("vpcSecurityGroupIds")) > 0 {
		for _, card := range inputs.objects("networkInterfaces") {
			if len(card.strings("securityGroups")) > 0 {
				return t.fail("InvalidParameterCombination",
					"Network interfaces and an instance-level security groups may not be specified on the same request")
			}
		}
	}
	return nil
}

func (t *tx) updateLaunchTemplate(r *record, inputs props) error {
	if err := t.checkTemplate(inputs); err != nil {
		return err
	}
	before, after := plain(r.Inputs), plain(inputs)
	for _, p := range []props{before, after} {
		// These describe the template, not what it launches.
		for _, name := range []string{"tags", "updateDefaultVersion", "defaultVersion"} {
			delete(p, name)
		}
	}
	latest := r.properties().number("latestVersion")
	if !equal(before, after) {
		latest++
		r.fact("versions", append(r.Facts.list("versions"), map[string]any(inputs)))
		r.set("latestVersion", latest)
	}
	switch {
	case inputs.flag("updateDefaultVersion"):
		r.set("defaultVersion", latest)
	case inputs.number("defaultVersion") > latest:
		return t.failIn("ModifyLaunchTemplate", "InvalidLaunchTemplateId.VersionNotFound",
			"Could not find the specified version %d for the launch template with ID %s.", inputs.number("defaultVersion"),
			r.ID)
	case inputs.has("defaultVersion"):
		r.set("defaultVersion", inputs.number("defaultVersion"))
	}
	r.set("metadataOptions", metadataOptions(inputs))
	return nil
}

// metadataOptions are what was given: AWS leaves what a template does not say to the instances.
func metadataOptions(inputs props) map[string]any {
	options := inputs.object("metadataOptions")
	if options == nil {
		return map[string]any{}
	}
	return options
}

// templateVersion is what a version of a template launches, or nil.
func templateVersion(template *record, version int) props {
	versions := template.Facts.objects("versions")
	if version < 1 || version > len(versions) {
		return nil
	}
	return versions[version-1]
}
