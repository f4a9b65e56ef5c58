package backstage

import "github.com/pulumi/pulumi-go-provider/infer"

// Annotate describes the type in the schema.
func (s *BackstageSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "How the cluster appears in the Backstage developer portal, and whether the portal may look into it.")
	a.Describe(&s.Owner, "The owner of the entities, as an entity reference such as `group:default/platform` or "+
		"`platform` (a group in the entities' own namespace). Default: `unknown`, with a warning.")
	a.Describe(&s.System, "The system that the cluster belongs to, as an entity reference such as "+
		"`system:default/payments` or `payments` (in the entities' own namespace). Default: none.")
	a.Describe(&s.Name, "The name of the cluster's entity: at most 58 lower-case letters, digits and hyphens. "+
		"Default: made from the name of the cluster; a long one is cut and ends in a hash.")
	a.Describe(&s.Namespace, "The namespace of the entities in Backstage. Default: `default`. Backstage finds the "+
		"cluster of a component only in the component's own namespace.")
	a.Describe(&s.Lifecycle, "The lifecycle of the GitOps component, such as `experimental`, `production` or "+
		"`deprecated`. Default: `production`.")
	a.Describe(&s.ComponentType, "The type of the GitOps component. Default: `gitops`.")
	a.Describe(&s.ClusterType, "The type of the cluster's entity. Default: `kubernetes-cluster`, the only one that "+
		"Backstage's Kubernetes plugin finds in the catalog; another gives a warning.")
	a.Describe(&s.AuthProvider, "How Backstage's Kubernetes plugin signs in to the cluster: `aws`, `oidc`, "+
		"`localKubectlProxy`, `aks`, `azure`, `google` or `googleServiceAccount`. Default: `aws`, with Backstage's own AWS "+
		"identity or a role that it takes. `oidc` needs the annotation `kubernetes.io/oidc-token-provider` in "+
		"annotations.cluster.")
	a.Describe(&s.AccessRoleArn, "The ARN of the IAM role with which Backstage looks into the cluster. It gets an access "+
		"entry that may read most of what is in namespaces, but no Secrets (EKS's AmazonEKSViewPolicy), and Flux's own "+
		"objects, and change nothing. The entity tells Backstage to take this role, unless assumeRoleArn names another; the "+
		"role's trust policy must let Backstage do that, even where Backstage runs as this very role. The role must not "+
		"have an access entry already. Default: none; Backstage cannot look into the cluster.")
	a.Describe(&s.AssumeRoleArn, "The ARN of the IAM role that Backstage takes before it asks the cluster. Default: "+
		"accessRoleArn, if that is given; otherwise Backstage's own identity.")
	a.Describe(&s.ExternalID, "The external id that Backstage gives when it takes the role, as the role's trust policy "+
		"demands: 2 to 1224 letters, digits and `_+=,.@:/-`. It stands in the catalog in clear. Default: none.")
	a.Describe(&s.Annotations, "Annotations to add to the entities. They win over those that are there by default. "+
		"Default: none.")
	a.Describe(&s.Tags, "Tags to add to the entities, each at most 63 lower-case letters, digits, `+`, `#`, `:` and "+
		"single hyphens, such as `env:prod`. Default: none beside `aws`, `eks` and the like.")
	a.Describe(&s.Links, "Links to add to the pages of the GitOps component and the cluster. Default: none beside the "+
		"repository, the EKS console and the stack.")
	a.Describe(&s.VpcEntityRef, "The entity of the VPC, if the catalog has one already, as an entity reference such as "+
		"`resource:default/shared-vpc` or `shared-vpc`. The cluster then depends on it, and the document does not describe "+
		"the VPC. Default: none; a VPC that is made for the cluster is described, an existing one is not.")
	a.Describe(&s.EmitSystem, "Whether the document describes the system too: the one that the input system names, or "+
		"one with the name of the cluster's entity. Leave it off where the catalog has the system already, because "+
		"Backstage keeps only the first of two. Default: false.")
	a.Describe(&s.Publish, "Writes the document of catalogInfo to an S3 object, which Backstage's AwsS3EntityProvider "+
		"reads: the entities appear, change and disappear with the cluster, and nobody copies a file. The object is written "+
		"as soon as the cluster has an address, and is among the first to go when it is destroyed. It carries none of "+
		"`tags`, because S3 takes ten at most for an object. Default: the document is an output only.")
	a.Describe(&s.ServiceAccountToken, "Whether to make a ServiceAccount for a Backstage that cannot sign in with AWS; "+
		"its token is the output backstageToken, a secret. It may read most of what is in namespaces, but no Secrets "+
		"(Kubernetes' own role `view`), and Flux's objects, and change nothing. The token does not expire: it is worth "+
		"nothing any more once this is false, or the cluster destroyed. Backstage takes no token from the catalog, so give "+
		"it the cluster in its own configuration. Prefer accessRoleArn where Backstage has an AWS identity. Default: "+
		"false.")
}

// Annotate describes the type in the schema.
func (s *BackstagePublishSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "An S3 object that holds the document.")
	a.Describe(&s.Bucket, "The name of an S3 bucket that is there already, in the region of the cluster. Whoever runs "+
		"Pulumi needs `s3:PutObject`, `s3:GetObject`, `s3:GetObjectTagging` and `s3:DeleteObject` on the object; Backstage "+
		"lists the bucket and reads it. Everybody who reads the bucket learns the cluster's address, its AWS account and "+
		"the annotations, so keep it private. Changing it moves the document.")
	a.Describe(&s.Key, "The object's key: letters, digits, `.`, `_` and `-`, with slashes between them. Default: "+
		"`backstage/PROJECT/STACK/ENTITY.yaml`, of Pulumi's project and stack and the name of the cluster's entity. "+
		"Backstage takes every object below its prefix for a catalog file. Changing it moves the document.")
}

// Annotate describes the type in the schema.
func (s *BackstageAnnotationsSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "Annotations to add to the entities. A key is a name, with a domain and a slash before it or not, "+
		"such as `example.com/team`. A secret value makes the outputs catalogInfo and catalogEntities secrets.")
	a.Describe(&s.Component, "Annotations of the GitOps component. Default: none.")
	a.Describe(&s.Cluster, "Annotations of the cluster. Default: none.")
	a.Describe(&s.Vpc, "Annotations of the VPC. Default: none.")
}

// Annotate describes the type in the schema.
func (s *BackstageLinkSpec) Annotate(a infer.Annotator) {
	a.Describe(&s, "A link on a page of the portal.")
	a.Describe(&s.URL, "The address, such as `https://grafana.example.com/d/1`, without a user name or password.")
	a.Describe(&s.Title, "What is shown in place of the address. Default: the address.")
	a.Describe(&s.Icon, "The key of an icon that the portal knows, such as `dashboard`. Default: the portal's own.")
	a.Describe(&s.Type, "A group of links that it belongs to, such as `runbook`. Default: none.")
}
