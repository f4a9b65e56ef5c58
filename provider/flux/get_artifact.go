package flux

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/manifests"
)

// GetFluxArtifact is a function: it reads Flux's artifact from a registry, as the component Flux does.
type GetFluxArtifact struct{}

// GetFluxArtifactArgs are the inputs of GetFluxArtifact. A function's inputs are known when it is called.
type GetFluxArtifactArgs struct {
	Version       *string               `pulumi:"version,optional"`
	Components    []string              `pulumi:"components,optional"`
	URL           *string               `pulumi:"url,optional"`
	Digest        *string               `pulumi:"digest,optional"`
	Insecure      *bool                 `pulumi:"insecure,optional"`
	CaCertificate *string               `pulumi:"caCertificate,optional"`
	Username      *string               `pulumi:"username,optional"`
	Password      *string               `provider:"secret"                pulumi:"password,optional"`
	Verify        *FluxVerificationSpec `pulumi:"verify,optional"`
}

// GetFluxArtifactResult is what is known of an artifact.
type GetFluxArtifactResult struct {
	Version           string           `pulumi:"version"`
	URL               string           `pulumi:"url"`
	Digest            string           `pulumi:"digest"`
	Images            []string         `pulumi:"images"`
	Objects           []FluxObjectSpec `pulumi:"objects"`
	KubernetesMinimum string           `pulumi:"kubernetesMinimum"`
	Verified          bool             `pulumi:"verified"`
	VerifiedBy        string           `pulumi:"verifiedBy"`
}

// FluxObjectSpec is one of the objects that Flux consists of.
type FluxObjectSpec struct {
	ApiVersion string `pulumi:"apiVersion"`
	Kind       string `pulumi:"kind"`
	Namespace  string `pulumi:"namespace"`
	Name       string `pulumi:"name"`
}

var _ infer.Fn[GetFluxArtifactArgs, GetFluxArtifactResult] = GetFluxArtifact{}

// Annotate describes the function in the schema.
func (f *GetFluxArtifact) Annotate(a infer.Annotator) {
	a.Describe(&f, "Reads the OCI artifact of Flux from its registry, verifies it and tells what is in it: which images "+
		"to copy into a mirror, which objects will be made, which Kubernetes it needs. It needs no cluster and makes "+
		"nothing. What the component Flux would refuse, it refuses too.")
}

// Annotate describes the inputs in the schema.
func (f *GetFluxArtifactArgs) Annotate(a infer.Annotator) {
	a.Describe(&f.Version, "The version of Flux, as its releases are tagged: `vMAJOR.MINOR.PATCH`, at least `"+
		MinimumVersion+"`. Default: `"+DefaultVersion+"`.")
	a.Describe(&f.Components, "The controllers whose images and objects are returned. Default: `source-controller`, "+
		"`kustomize-controller`, `helm-controller`, `notification-controller`.")
	a.Describe(&f.URL, "The OCI repository of the artifact, without a tag: `oci://HOST/PATH`. Default: `"+
		OfficialArtifact+"`. What other repositories hold is not verified unless `verify` is given.")
	a.Describe(&f.Digest, "The digest that the artifact must have: `sha256:` and 64 hexadecimal digits. Default: what "+
		"the tag of the version stands for.")
	a.Describe(&f.Insecure, "Whether the registry may be spoken to in plain HTTP. Default: false.")
	a.Describe(&f.CaCertificate, "The certificates of the authorities that vouch for the registry, in PEM. Default: "+
		"those that the machine knows.")
	a.Describe(&f.Username, "Who reads the registry, together with password. Default: whoever the Docker configuration "+
		"of this machine says.")
	a.Describe(&f.Password, "The password or token of that user. What the function returns is then a secret too. "+
		"Default: none.")
	a.Describe(&f.Verify, "Whose signature the artifact must carry. Default: that of the workflow that releases Flux, "+
		"for the repositories to which it publishes; nobody's for others.")
}

// Annotate describes the result in the schema.
func (r *GetFluxArtifactResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Version, "The version of Flux that the artifact holds.")
	a.Describe(&r.URL, "The OCI repository of the artifact.")
	a.Describe(&r.Digest, "The digest of the artifact: `sha256:` and 64 hexadecimal digits.")
	a.Describe(&r.Images, "The container images that the components run, sorted.")
	a.Describe(&r.Objects, "The objects that make up Flux with these components, in the order in which they are applied.")
	a.Describe(&r.KubernetesMinimum, "The oldest Kubernetes minor that this Flux works on, such as `1.33`; empty for a "+
		"minor of Flux that is newer than this version of the package.")
	a.Describe(&r.Verified, "Whether the signature was verified.")
	a.Describe(&r.VerifiedBy, "Who has signed the artifact; empty if nobody looked.")
}

// Annotate describes the object in the schema.
func (o *FluxObjectSpec) Annotate(a infer.Annotator) {
	a.Describe(&o, "An object in a Kubernetes cluster.")
	a.Describe(&o.ApiVersion, "The group and version of its kind.")
	a.Describe(&o.Kind, "The kind of the object.")
	a.Describe(&o.Namespace, "Its namespace; empty for an object of the whole cluster.")
	a.Describe(&o.Name, "The name of the object.")
}

// Invoke reads the artifact.
func (GetFluxArtifact) Invoke(
	ctx context.Context, req infer.FunctionRequest[GetFluxArtifactArgs],
) (infer.FunctionResponse[GetFluxArtifactResult], error) {
	var none infer.FunctionResponse[GetFluxArtifactResult]
	spec, found := req.Input.spec(), req.Input.spec().Validate("", property.Map{})
	if (req.Input.Username == nil) != (req.Input.Password == nil) {
		found.Addf("username", "and password must be given together")
	}
	var resolved Artifact
	var files map[string][]byte
	if len(found) == 0 {
		resolved, files, found = resolve(ctx, "", spec, false)
	}
	if len(found) > 0 {
		reasons := make([]error, 0, len(found))
		for _, violation := range found.Sorted() {
			// Here the fields of the artifact stand at the top.
			reasons = append(reasons, fmt.Errorf("%s: %s", strings.TrimPrefix(violation.Path, "artifact."), violation.Reason))
		}
		return none, errors.Join(reasons...)
	}
	objects, err := spec.customization().Render(files)
	if err != nil {
		return none, err
	}
	result := GetFluxArtifactResult{
		Version: spec.version(), URL: resolved.URL, Digest: resolved.Digest, Images: resolved.Images,
		KubernetesMinimum: manifests.KubernetesMinimum(spec.version()),
		Verified:          resolved.VerifiedBy != "", VerifiedBy: resolved.VerifiedBy,
	}
	for _, object := range objects {
		result.Objects = append(result.Objects, FluxObjectSpec{
			ApiVersion: object.GetAPIVersion(), Kind: object.GetKind(),
			Namespace: object.GetNamespace(), Name: object.GetName(),
		})
	}
	return infer.FunctionResponse[GetFluxArtifactResult]{Output: result}, nil
}

func (f GetFluxArtifactArgs) spec() FluxSpec {
	spec := FluxSpec{Version: f.Version, Components: f.Components, Artifact: &FluxArtifactSpec{
		URL: f.URL, Digest: f.Digest, Insecure: f.Insecure, CaCertificate: f.CaCertificate, Verify: f.Verify,
	}}
	if f.Username != nil && f.Password != nil {
		spec.Artifact.Auth = &FluxArtifactAuthSpec{
			Username: pulumi.String(*f.Username), Password: pulumi.String(*f.Password),
		}
	}
	return spec
}
