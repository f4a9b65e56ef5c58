package aws_test

import (
	"maps"
	"regexp"
	"strings"
	"testing"
)

// rule is one of AWS's rules and how it is broken.
type rule struct {
	name string
	// before are the resources that are there.
	before []step
	// skip leaves some of them out.
	skip []string
	// act breaks the rule.
	act func(*stack) error
	// want is the whole error. {vpc} stands for the id of the thing vpc, {eip.publicIp} for one of its outputs, and {any}
	// for what AWS makes up.
	want string
}

func runRules(t *testing.T, rules []rule) {
	t.Helper()
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			t.Parallel()
			s := newWorld(t).build(rule.before, rule.skip...)
			err := rule.act(s)
			if got, want := message(err), s.expand(rule.want); !matches(want, got) {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}

var placeholder = regexp.MustCompile(`\{([\w-]+)(?:\.([\w.]+))?\}`)

func (s *stack) expand(want string) string {
	return placeholder.ReplaceAllStringFunc(want, func(text string) string {
		parts := placeholder.FindStringSubmatch(text)
		switch {
		case parts[1] == "any" || s.things[parts[1]] == nil:
			return text
		case parts[2] == "":
			return s.id(parts[1])
		}
		return s.text(parts[1], parts[2])
	})
}

func matches(want, got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), `\{any\}`, `[\w./-]+`)
	return regexp.MustCompile("^" + pattern + "$").MatchString(got)
}

// ec2Error, eksError and the others are how the provider words errors of AWS.
func ec2Error(doing, call, code string) string {
	return doing + ": operation error EC2: " + call + ", https response error StatusCode: 400, RequestID: ID, api error " +
		code
}

func eksError(doing, call, status, code string) string {
	return doing + ": operation error EKS: " + call + ", https response error StatusCode: " + status +
		", RequestID: ID, " +
		code
}

func iamError(doing, call, status, code string) string {
	return doing + ": operation error IAM: " + call + ", https response error StatusCode: " + status +
		", RequestID: ID, " +
		code
}

// creating makes a resource.
func creating(token string, inputs map[string]any) func(*stack) error {
	return func(s *stack) error {
		_, err := s.w.try(token, "test", with(inputs)(s))
		return err
	}
}

// creatingStep makes the resource of a step, with other inputs.
func creatingStep(steps []step, name string, changes map[string]any) func(*stack) error {
	return func(s *stack) error {
		for _, step := range steps {
			if step.name == name {
				inputs := step.inputs(s)
				change(inputs, with(changes)(s))
				_, err := s.w.try(step.token, "test", inputs)
				return err
			}
		}
		s.w.t.Fatalf("there is no step %q", name)
		return nil
	}
}

// change lays changes over inputs, object by object. A nil takes a property away.
func change(inputs, changes map[string]any) {
	for name, value := range changes {
		below, isObject := inputs[name].(map[string]any)
		over, over2 := value.(map[string]any)
		switch {
		case value == nil:
			delete(inputs, name)
		case isObject && over2:
			copied := maps.Clone(below)
			change(copied, over)
			inputs[name] = copied
		default:
			inputs[name] = value
		}
	}
}

// updating changes a thing in place.
func updating(name string, changes map[string]any) func(*stack) error {
	return func(s *stack) error { return s.w.update(s.things[name], with(changes)(s)) }
}

func deleting(name string) func(*stack) error {
	return func(s *stack) error { return s.w.remove(s.things[name]) }
}

// repeat makes a resource as often as it takes.
func repeat(times int, f func(*stack, int) error) func(*stack) error {
	return func(s *stack) error {
		for i := range times {
			if err := f(s, i); err != nil {
				return err
			}
		}
		return nil
	}
}
