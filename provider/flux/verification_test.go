package flux_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/flux/artifact/artifacttest"
)

// TestValidateAccess lists what is refused of the ways to an artifact and its signature.
func TestValidateAccess(t *testing.T) {
	t.Parallel()
	key := property.New(artifacttest.PublicKey(t, artifacttest.Key(t)))
	roots := property.New(artifacttest.NewSigstore(t).TrustedRoot(t))
	certificate := property.New(artifacttest.NewPrivate(t, "a", "b").Certificate)
	text, no, yes := property.New[string], property.New(false), property.New(true)
	verify := func(fields map[string]property.Value) map[string]property.Value {
		return map[string]property.Value{"verify": object(fields)}
	}
	identity := func(fields ...string) map[string]property.Value {
		entries := map[string]property.Value{}
		for _, field := range fields {
			name, value, _ := strings.Cut(field, "=")
			entries[name] = text(value)
		}
		return verify(map[string]property.Value{
			"identities": property.New(property.NewArray([]property.Value{object(entries)})),
		})
	}
	auth := func(username, password property.Value) map[string]property.Value {
		return map[string]property.Value{
			"auth": object(map[string]property.Value{"username": username, "password": password}),
		}
	}
	const at = "artifact.verify."
	for name, test := range map[string]struct {
		artifact map[string]property.Value
		want     []refusal
	}{
		"by default":          {verify(nil), nil},
		"not at all":          {verify(map[string]property.Value{"enabled": no}), nil},
		"key":                 {verify(map[string]property.Value{"publicKey": key}), nil},
		"roots":               {verify(map[string]property.Value{"trustedRoot": roots}), nil},
		"subject":             {identity("issuer=https://issuer.example", "subject=somebody"), nil},
		"pattern":             {identity("issuer=https://issuer.example", "subjectRegExp=some.*"), nil},
		"password":            {auth(text("reader"), text("secret").WithSecret(true)), nil},
		"password of another": {auth(text("reader"), property.New(property.Computed)), nil},
		"certificate":         {map[string]property.Value{"caCertificate": certificate}, nil},
		"off beside a key": {
			verify(map[string]property.Value{"enabled": no, "publicKey": key}),
			[]refusal{{at + "enabled", "must not be false beside identities, publicKey or trustedRoot"}},
		},
		"key and roots": {
			verify(map[string]property.Value{"publicKey": key, "trustedRoot": roots}),
			[]refusal{{at + "trustedRoot (not shown)", "must not be given beside publicKey"}},
		},
		"no key": {verify(map[string]property.Value{"publicKey": text("x")}), []refusal{{at + "publicKey", "in PEM"}}},
		"no roots": {
			verify(map[string]property.Value{"trustedRoot": text("{}")}),
			[]refusal{{at + "trustedRoot (not shown)", "must be the text of a trusted_root.json"}},
		},
		"nobody": {
			verify(map[string]property.Value{"identities": property.New(property.NewArray(nil))}),
			[]refusal{{at + "identities", "must name somebody"}},
		},
		"no issuer": {
			identity("issuer=", "subject=somebody"), []refusal{{at + "identities[0].issuer", "got an empty string"}},
		},
		"no subject": {
			identity("issuer=https://issuer.example"),
			[]refusal{{at + "identities[0]", "must say one of subject and subjectRegExp"}},
		},
		"two subjects": {
			identity("issuer=https://issuer.example", "subject=somebody", "subjectRegExp=.*"),
			[]refusal{{at + "identities[0]", "must say one of subject and subjectRegExp"}},
		},
		"no pattern": {
			identity("issuer=https://issuer.example", "subjectRegExp=("),
			[]refusal{{at + "identities[0].subjectRegExp", "must be a regular expression (RE2)"}},
		},
		"no password": {
			map[string]property.Value{"auth": object(map[string]property.Value{"username": text("reader")})},
			[]refusal{{"artifact.auth.password", "is required"}},
		},
		"empty password": {
			auth(text("reader"), text("").WithSecret(true)),
			[]refusal{{"artifact.auth.password (not shown)", "its value is a secret"}},
		},
		"no certificate": {
			map[string]property.Value{"caCertificate": text("x")},
			[]refusal{{"artifact.caCertificate", "must be certificates in PEM"}},
		},
		"certificate without TLS": {
			map[string]property.Value{"caCertificate": certificate, "insecure": yes},
			[]refusal{{"artifact.insecure", "must not be true beside caCertificate"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := validate(t, map[string]property.Value{"artifact": object(test.artifact)})
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			for i, want := range test.want {
				if got[i].Path != want.path || !strings.Contains(got[i].Reason, want.reason) {
					t.Errorf("got %v, want %v", got[i], want)
				}
			}
		})
	}
}
