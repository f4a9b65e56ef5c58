package languages

import (
	"os"
	"path/filepath"
	"strings"
)

// makeMistakes makes each mistake of a language, and puts it right again: no compiler and no engine may pass what is
// wrong, and the words that it has for it name it.
func (p project) makeMistakes(l language) {
	p.Helper()
	path := filepath.Join(p.program(), l.program)
	right, err := os.ReadFile(path)
	if err != nil {
		p.Fatal(err)
	}
	for name, m := range l.mistakes {
		if strings.Count(string(right), m.right) != 1 {
			p.Fatalf("%s does not say %q once", l.program, m.right)
		}
		p.write(l.program, strings.Replace(string(right), m.right, m.wrong, 1))
		said, err := p.check(l)
		if err == nil {
			p.Errorf("mistake in a %s: %q passes", name, m.wrong)
		}
		for _, part := range m.says {
			if !strings.Contains(said, part) {
				p.Errorf("mistake in a %s: the message about %q does not say %q:\n%s", name, m.wrong, part, said)
			}
		}
	}
	p.write(l.program, string(right))
}

// check has the compiler look at the program, or the engine where there is no compiler.
func (p project) check(l language) (said string, err error) {
	if len(l.compile) > 0 {
		return p.try(l.compile...)
	}
	opened := p.open()
	preview, err := opened.Preview(p.Context())
	said = preview.StdOut + preview.StdErr
	if err != nil {
		said += err.Error()
	}
	return said, err
}
