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
		"t3.micro": {2, 1 << 10, 2, 2}, "t3.medium": {2, 4 << 10, 3, 6}, "t4g.large": {2, 8 << 10, 3, 12},
		"m6i.large": {2, 8 << 10, 3, 10}, "m5.2xlarge": {8, 32 << 10, 4, 15}, "c7g.xlarge": {4, 8 << 10, 4, 15},
		"r6a.24xlarge": {96, 768 << 10, 15, 50},
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

// TestPods holds the numbers to AWS's: https://github.com/awslabs/amazon-eks-ami (eni-max-pods.txt), and 110 or 250.
func TestPods(t *testing.T) {
	t.Parallel()
	type pods struct{ single, prefixes int64 }
	want := map[string]pods{
		"t3.micro": {4, 34}, "t3.small": {11, 110}, "t3.medium": {17, 110}, "t3.large": {35, 110}, "m6g.medium": {8, 98},
		"m5.large": {29, 110}, "m5.xlarge": {58, 110}, "c5.4xlarge": {110, 110}, "m5.8xlarge": {234, 250},
		"c5.24xlarge": {250, 250},
	}
	got := map[string]pods{}
	for instanceType := range want {
		size, err := sizeOf(instanceType)
		if err != nil {
			t.Fatal(err)
		}
		got[instanceType] = pods{size.maxPods(false), size.maxPods(true)}
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(pods{})); diff != "" {
		t.Error(diff)
	}
}

func TestAllocatableIsLessThanCapacity(t *testing.T) {
	t.Parallel()
	for _, instanceType := range []string{"t3.medium", "m5.large", "c5.24xlarge"} {
		size, err := sizeOf(instanceType)
		if err != nil {
			t.Fatal(err)
		}
		all, free := size.capacity(110), size.allocatable(110)
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
