package process

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Info is a process found on the machine.
type Info struct {
	PID     int
	Command string
}

// String is the process as a line of a report shows it.
func (i Info) String() string { return fmt.Sprintf("%d %s", i.PID, i.Command) }

// Find lists the processes that carry marker in MarkerVariable, whoever started them and whoever their parent is now.
// It reads /proc, so it finds nothing elsewhere than on Linux.
func Find(marker string) ([]Info, error) {
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	wanted := []byte(MarkerVariable + "=" + marker)
	var found []Info
	for _, file := range files {
		environ, err := os.ReadFile(file)
		if err != nil { // gone since it was listed, or somebody else's
			continue
		}
		if !slices.ContainsFunc(bytes.Split(environ, []byte{0}), func(v []byte) bool { return bytes.Equal(v, wanted) }) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			return nil, fmt.Errorf("reading the process id in %s: %w", file, err)
		}
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		line := strings.TrimSpace(strings.ReplaceAll(string(command), "\x00", " "))
		if line == "" { // it ended while we were looking
			continue
		}
		found = append(found, Info{PID: pid, Command: line})
	}
	slices.SortFunc(found, func(a, b Info) int { return cmp.Compare(a.PID, b.PID) })
	return found, nil
}
