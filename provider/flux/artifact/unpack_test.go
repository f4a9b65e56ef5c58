package artifact

import (
	"bytes"
	"compress/gzip"
	"errors"
	"path/filepath"
	"testing"
)

// FuzzUnpack feeds anything as an archive: it is refused, or it gives files whose names stay inside and whose sizes
// stay below the limit. The kept corpus lies in testdata/fuzz.
func FuzzUnpack(f *testing.F) {
	f.Fuzz(func(t *testing.T, archive []byte) {
		var layer bytes.Buffer
		compressed := gzip.NewWriter(&layer)
		if _, err := compressed.Write(archive); err != nil {
			t.Fatal(err)
		}
		if err := compressed.Close(); err != nil {
			t.Fatal(err)
		}
		files, err := unpack(layer.Bytes())
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
		if len(files) == 0 || len(files) > maxEntries || total > maxUnpacked {
			t.Errorf("got %d files with %d bytes", len(files), total)
		}
	})
}
