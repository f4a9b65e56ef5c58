package artifact

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/my-backstage-demo/pulumi-gitops-cluster/provider/internal/fuzzed"
)

// unpackMemory is what unpacking may take: what it gives back at most, four times over because a file's buffer grows as
// the file is read, and some for the decompressor.
const unpackMemory = 4*maxUnpacked + 32<<20

// FuzzUnpack feeds anything as an archive, and as a layer too: it is refused, or it gives files whose names stay inside
// and whose sizes stay below the limit. The kept corpus lies in testdata/fuzz.
func FuzzUnpack(f *testing.F) {
	f.Fuzz(func(t *testing.T, content []byte) {
		checkUnpack(t, content, maxUnpacked)
		// No file has what its archive does not hold.
		checkUnpack(t, compressed(t, content), min(len(content), maxUnpacked))
	})
}

// TestBomb unpacks a layer that is small until it is unpacked: gzip lets one be put together from several. The fuzzer
// has none, because it would have time for nothing else.
func TestBomb(t *testing.T) { //nolint:paralleltest // what others take would count.
	const part = 1 << 20
	var header bytes.Buffer
	err := tar.NewWriter(&header).WriteHeader(&tar.Header{Name: "bomb", Mode: 0o600, Size: 2 * maxUnpacked})
	if err != nil {
		t.Fatal(err)
	}
	bomb := append(compressed(t, header.Bytes()), bytes.Repeat(compressed(t, make([]byte, part)), 2*maxUnpacked/part)...)
	checkUnpack(t, bomb, maxUnpacked)
	if _, err := unpack(bomb); err == nil || !strings.Contains(err.Error(), "more than the limit") {
		t.Errorf("got %v, want that it is more than the limit", err)
	}
}

func compressed(t *testing.T, content []byte) []byte {
	t.Helper()
	var layer bytes.Buffer
	writer := gzip.NewWriter(&layer)
	if _, err := writer.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return layer.Bytes()
}

func checkUnpack(t *testing.T, layer []byte, most int) {
	t.Helper()
	fuzzed.Bounded(t, unpackMemory, func() {
		files, err := unpack(layer)
		if err != nil {
			if !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, want ErrInvalid", err)
			}
			if files != nil {
				t.Errorf("got files %v beside the error %v", files, err)
			}
			return
		}
		total := 0
		for name, content := range files {
			total += len(content)
			if !filepath.IsLocal(name) || name == "." {
				t.Errorf("got a file called %q", name)
			}
		}
		if len(files) == 0 || len(files) > maxEntries || total > most {
			t.Errorf("got %d files with %d bytes", len(files), total)
		}
	})
}
