package cluster

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestValidateIAM(t *testing.T) {
	t.Parallel()
	text := func(name, value string) map[string]property.Value {
		return map[string]property.Value{name: property.New(value)}
	}
	long := "/" + strings.Repeat("a", 511) + "/"
	tests := map[string]struct {
		raw  map[string]property.Value
		want []string
	}{
		"nothing given": {},
		"unknown": {raw: map[string]property.Value{
			"permissionsBoundary": property.New(property.Computed), "path": property.New(property.Computed),
		}},
		"a boundary of the account's": {raw: text("permissionsBoundary", "arn:aws:iam::123456789012:policy/team/bound")},
		"a boundary of AWS's":         {raw: text("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess")},
		"a role for a boundary": {
			raw: text("permissionsBoundary", "arn:aws:iam::123456789012:role/bound"),
			want: []string{"iam.permissionsBoundary: must be the ARN of a managed policy, such as " +
				`arn:aws:iam::123456789012:policy/boundary; got "arn:aws:iam::123456789012:role/bound"`},
		},
		"no path":     {raw: text("path", "/")},
		"a path":      {raw: text("path", "/platform/clusters/")},
		"the longest": {raw: text("path", "/"+strings.Repeat("a", 510)+"/")},
		"a path without its end": {
			raw: text("path", "/platform"),
			want: []string{"iam.path: must begin and end with a slash, such as /platform/, and have at most 512 " +
				`characters; got "/platform"`},
		},
		"too long a path": {
			raw: text("path", long),
			want: []string{"iam.path: must begin and end with a slash, such as /platform/, and have at most 512 " +
				`characters; got "` + long + `"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compareViolations(t, test.want, (*IamSpec)(nil).Validate("iam", given(test.raw)))
		})
	}
}
