package kube

import (
	gocmp "cmp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSizes(t *testing.T) {
	t.Parallel()
	want := map[string]instanceSize{
		"t3.micro": {2, 1 << 10}, "t3.medium": {2, 4 << 10}, "t4g.large": {2, 8 << 10}, "m6i.large": {2, 8 << 10},
		"m5.2xlarge": {8, 32 << 10}, "c7g.xlarge": {4, 8 << 10}, "r6a.24xlarge": {96, 768 << 10},
	}
	got := map[string]instanceSize{}
	for instanceType := range want {
		size, err := sizeOf(instanceType)
		if err != nil {
			t.Error(err)
		}
		got[instanceType] = size
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(instanceSize{})); diff != "" {
		t.Error(diff)
	}
	for _, instanceType := range []string{"", "t3", "m5.nano", "p5.48xlarge", ".large", "t3.24xlarge"} {
		if size, err := sizeOf(instanceType); err == nil {
			t.Errorf("%q has size %v, want an error", instanceType, size)
		}
	}
}

func TestAllocatableIsLessThanCapacity(t *testing.T) {
	t.Parallel()
	for _, instanceType := range []string{"t3.medium", "m5.large", "c5.24xlarge"} {
		size, err := sizeOf(instanceType)
		if err != nil {
			t.Fatal(err)
		}
		all, free := size.capacity(), size.allocatable()
		if free.Cpu().Cmp(*all.Cpu()) >= 0 || free.Memory().Cmp(*all.Memory()) >= 0 || free.Memory().Sign() <= 0 {
			t.Errorf("of %s, %v of %v can be used", instanceType, free, all)
		}
	}
}

func TestHostAddress(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cidr   string
		number int
		want   string
		fails  bool
	}{
		"first":     {"10.100.0.0/16", 1, "10.100.0.1", false},
		"carry":     {"10.0.0.0/20", 300, "10.0.1.44", false},
		"unmasked":  {"10.0.0.77/24", 10, "10.0.0.10", false},
		"too small": {"10.0.0.0/28", 16, "", true},
		"overflow":  {"255.255.255.0/24", 256, "", true},
		"IPv6":      {"fd00::/64", 1, "", true},
		"nonsense":  {"10.0.0.0", 1, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := hostAddress(test.cidr, test.number)
			if (err != nil) != test.fails {
				t.Fatalf("got error %v", err)
			}
			if err == nil && got.String() != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestHostAddressesOfARangeDiffer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x, y := rapid.IntRange(0, 65535).Draw(t, "x"), rapid.IntRange(0, 65535).Draw(t, "y")
		first, err := hostAddress("10.0.0.0/16", x)
		if err != nil {
			t.Fatal(err)
		}
		second, err := hostAddress("10.0.0.0/16", y)
		if err != nil {
			t.Fatal(err)
		}
		if first.Compare(second) != gocmp.Compare(x, y) {
			t.Fatalf("%d is %s and %d is %s", x, first, y, second)
		}
	})
}
