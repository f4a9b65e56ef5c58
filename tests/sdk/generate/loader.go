package main

import (
	"context"
	"fmt"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// noOthers loads no package: a schema that refers to another one would bind its users to a version of that package, and
// generating would need its plugin.
type noOthers struct{}

var _ schema.ReferenceLoader = noOthers{}

func (noOthers) refuse(name string) error {
	return fmt.Errorf("loading package %s: the schema must not refer to other packages", name)
}

func (n noOthers) LoadPackage(name string, _ *semver.Version) (*schema.Package, error) {
	return nil, n.refuse(name)
}

func (n noOthers) LoadPackageV2(_ context.Context, other *schema.PackageDescriptor) (*schema.Package, error) {
	return nil, n.refuse(other.Name)
}

func (n noOthers) LoadPackageReference(name string, _ *semver.Version) (schema.PackageReference, error) {
	return nil, n.refuse(name)
}

func (n noOthers) LoadPackageReferenceV2(
	_ context.Context, other *schema.PackageDescriptor,
) (schema.PackageReference, error) {
	return nil, n.refuse(other.Name)
}
