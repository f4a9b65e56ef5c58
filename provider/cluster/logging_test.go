package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

func TestLogTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spec *LoggingSpec
		want []string
	}{
		"nothing given": {want: []string{"api", "audit", "authenticator"}},
		"no types":      {spec: &LoggingSpec{}, want: []string{"api", "audit", "authenticator"}},
		"none":          {spec: &LoggingSpec{Types: []ControlPlaneLogType{}}, want: []string{}},
		"in any order": {
			spec: &LoggingSpec{Types: []ControlPlaneLogType{LogTypeScheduler, LogTypeAudit}},
			want: []string{"audit", "scheduler"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, test.spec.LogTypes()); diff != "" {
				t.Errorf("types (-want +got):\n%s", diff)
			}
		})
	}
}

func TestValidateLogging(t *testing.T) {
	t.Parallel()
	none := []ControlPlaneLogType{}
	tests := map[string]struct {
		types     []ControlPlaneLogType
		retention property.Value
		want      []string
	}{
		"nothing given":     {},
		"a year":            {retention: property.New(365.0)},
		"for ever":          {retention: property.New(0.0)},
		"unknown retention": {retention: property.New(property.Computed)},
		"no logs":           {types: none},
		"a week and a bit": {
			retention: property.New(8.0),
			want: []string{"logging.retentionInDays: must be a number of days that CloudWatch knows, one of 0, 1, 3, 5, 7, " +
				"14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653, where 0 is " +
				"for ever; got 8"},
		},
		"of no logs": {
			types: none, retention: property.New(property.Computed),
			want: []string{"logging.retentionInDays: has no effect while types is empty; leave it out"},
		},
		"twice": {
			types: []ControlPlaneLogType{LogTypeAudit, LogTypeAPI, LogTypeAudit},
			want:  []string{`logging.types[2]: is given twice; remove one "audit"`},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := &LoggingSpec{Types: test.types}
			raw := given(map[string]property.Value{"retentionInDays": test.retention})
			compareViolations(t, test.want, spec.Validate("logging", raw))
		})
	}
}
