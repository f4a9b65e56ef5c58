package flux

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// source is what the object says with which Flux fetches what is synced.
func (s SyncSpec) source() pulumi.Map {
	spec := pulumi.Map{"interval": inputOr(s.Interval, defaultSyncInterval)}
	if s.kind() == SyncKindBucket && s.Bucket != nil {
		put(spec, "bucketName", s.Bucket.Name)
		put(spec, "endpoint", s.Bucket.Endpoint)
		put(spec, "region", s.Bucket.Region)
		put(spec, "prefix", s.Bucket.Prefix)
	} else {
		put(spec, "url", s.URL)
		spec["ref"] = s.ref()
	}
	if provider := s.provider(); provider != SyncProviderGeneric {
		spec["provider"] = pulumi.String(provider)
	}
	if s.Insecure != nil {
		spec["insecure"] = s.Insecure
	}
	if s.Auth != nil {
		switch {
		case s.Auth.ExistingSecretName != nil:
			spec["secretRef"] = reference(s.Auth.ExistingSecretName)
		case len(s.authValues()) > 0:
			spec["secretRef"] = reference(pulumi.String(s.authName()))
		}
		if len(s.tlsValues()) > 0 {
			spec["certSecretRef"] = reference(pulumi.String(s.tlsName()))
		}
	}
	if s.Verify != nil {
		spec["verify"] = s.verify()
	}
	return spec
}

func put(spec pulumi.Map, field string, value pulumi.StringInput) {
	if value != nil {
		spec[field] = value
	}
}

func (s SyncSpec) ref() pulumi.Map {
	ref := pulumi.Map{}
	if s.Ref != nil {
		put(ref, "branch", s.Ref.Branch)
		put(ref, "tag", s.Ref.Tag)
		put(ref, "semver", s.Ref.Semver)
		put(ref, "commit", s.Ref.Commit)
		put(ref, "digest", s.Ref.Digest)
	}
	switch {
	case len(ref) > 0:
	case s.kind() == SyncKindOCIRepository:
		ref["tag"] = pulumi.String(defaultSyncTag)
	default:
		ref["branch"] = pulumi.String(defaultSyncBranch)
	}
	return ref
}

func (s SyncSpec) verify() pulumi.Map {
	verify := pulumi.Map{}
	if s.Verify.SecretName != nil {
		verify["secretRef"] = reference(s.Verify.SecretName)
	}
	if s.kind() == SyncKindGitRepository {
		mode := SyncVerifyModeHead
		if s.Verify.Mode != nil {
			mode = *s.Verify.Mode
		}
		verify["mode"] = pulumi.String(mode)
		return verify
	}
	provider := SyncVerifyProviderCosign
	if s.Verify.Provider != nil {
		provider = *s.Verify.Provider
	}
	verify["provider"] = pulumi.String(provider)
	identities := pulumi.Array{}
	for _, identity := range s.Verify.MatchOIDCIdentity {
		identities = append(identities, pulumi.Map{"issuer": identity.Issuer, "subject": identity.Subject})
	}
	if len(identities) > 0 {
		verify["matchOIDCIdentity"] = identities
	}
	return verify
}

// Source says what is synced, for those who describe it elsewhere. Without a sync everything in it is empty.
type Source struct {
	// URL is the address of the repository or bucket.
	URL pulumi.StringInput
	// Ref is the branch, tag, commit or digest; empty for a range of versions, which is not one place, and for a bucket.
	Ref pulumi.StringInput
	// Path is the folder in the repository.
	Path pulumi.StringInput
}

// Source returns what is synced.
func (s *SyncSpec) Source() Source {
	none := pulumi.String("")
	if s == nil {
		return Source{URL: none, Ref: none, Path: none}
	}
	source := Source{URL: s.URL, Ref: none, Path: inputOr(s.Path, defaultSyncPath)}
	if s.kind() == SyncKindBucket && s.Bucket != nil {
		source.URL = pulumi.Sprintf("%s/%s", s.Bucket.Endpoint, s.Bucket.Name)
		return source
	}
	for _, field := range []string{"branch", "tag", "commit", "digest"} {
		if ref, ok := s.ref()[field]; ok {
			source.Ref, _ = ref.(pulumi.StringInput)
		}
	}
	return source
}
