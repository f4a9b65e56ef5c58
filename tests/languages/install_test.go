package languages

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/module"
	modzip "golang.org/x/mod/zip"
)

func yaml() language {
	return language{
		name:    "yaml",
		program: "Pulumi.yaml",
		mistakes: map[string]mistake{
			"type":             {`url: ${syncUrl}`, `url: [a, b]`, []string{"url", "string"}},
			"property":         {`version: "1.35"`, `verzion: "1.35"`, []string{"verzion"}},
			"property further": {`path: ${syncPath}`, `paht: ./`, []string{"paht"}},
		},
	}
}

func typescript() language {
	return language{
		name:    "typescript",
		program: "index.ts",
		install: func(p project) {
			p.must("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", p.packed("*.tgz"))
		},
		compile: []string{"node_modules/.bin/tsc"},
		mistakes: map[string]mistake{
			"type":             {`version: "1.35"`, `version: 1.35`, []string{"TS2322", "'number'", "string"}},
			"property":         {`version: "1.35"`, `verzion: "1.35"`, []string{"'verzion'", "'version'"}},
			"property further": {`path: config`, `paht: config`, []string{"'paht'", "SyncSpecArgs"}},
		},
	}
}

func python() language {
	return language{
		name:    "python",
		program: "__main__.py",
		install: func(p project) {
			p.env["PIP_FIND_LINKS"] = filepath.Dir(p.packed("*.whl")) + " " + os.Getenv("PIP_FIND_LINKS")
			p.must("python3", "-m", "venv", "venv")
			p.must("venv/bin/pip", "install", "--quiet", "--requirement", "requirements.txt")
		},
		mistakes: map[string]mistake{
			"type":             {`version="1.35"`, `version=1.35`, []string{"version", "string"}},
			"property":         {`version="1.35"`, `verzion="1.35"`, []string{"TypeError", "'verzion'"}},
			"property further": {`"path": config`, `"paht": config`, []string{"paht"}},
		},
	}
}

const goSDK = "github.com/my-backstage-demo/pulumi-gitops-cluster/sdk/go/gitopscluster"

func golang() language {
	return language{
		name:    "go",
		program: "main.go",
		install: installGo,
		compile: []string{"go", "build", "-o", os.DevNull, "."},
		mistakes: map[string]mistake{
			"type":             {`pulumi.String("1.35")`, `1.35`, []string{"1.35", "pulumi.StringPtrInput"}},
			"property":         {`Version: pulumi.String("1.35")`, `Verzion: pulumi.String("1.35")`, []string{"Verzion"}},
			"property further": {`Path: pulumi`, `Paht: pulumi`, []string{"Paht", "SyncSpecArgs"}},
		},
	}
}

// installGo makes a module proxy that serves the SDK as the tag of its version would be served. The module cache is the
// program's own, because the machine's would keep what it has once seen of a version.
func installGo(p project) {
	version := module.Version{Path: goSDK, Version: "v" + p.version()}
	folder := filepath.Join(p.dir, "proxy", filepath.FromSlash(goSDK), "@v")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.Fatal(err)
	}
	source := filepath.Join(p.root(), "sdk", "go", "gitopscluster")
	goMod, err := os.ReadFile(filepath.Join(source, "go.mod"))
	if err != nil {
		p.Fatal(err)
	}
	for name, text := range map[string]string{
		"list":                    version.Version,
		version.Version + ".info": `{"Version":"` + version.Version + `"}`,
		version.Version + ".mod":  string(goMod),
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			p.Fatal(err)
		}
	}
	archive, err := os.Create(filepath.Join(folder, version.Version+".zip"))
	if err != nil {
		p.Fatal(err)
	}
	if err := modzip.CreateFromDir(archive, version, source); err != nil {
		p.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		p.Fatal(err)
	}
	cache, proxy := goEnv(p, "GOMODCACHE"), goEnv(p, "GOPROXY")
	p.env["GOPROXY"] = strings.Join([]string{
		"file://" + filepath.Join(p.dir, "proxy"), "file://" + filepath.Join(cache, "cache", "download"), proxy,
	}, ",")
	p.env["GOMODCACHE"] = filepath.Join(p.dir, "modules")
	p.env["GOFLAGS"] = strings.TrimSpace(os.Getenv("GOFLAGS") + " -modcacherw")
	// The checksum database knows nothing of what is not released. Those of what the SDK needs are the SDK's: to ask for
	// each takes minutes.
	p.env["GONOSUMDB"] = goSDK
	sums, err := os.ReadFile(filepath.Join(source, "go.sum"))
	if err != nil {
		p.Fatal(err)
	}
	p.write("go.sum", string(sums))
	p.must("go", "mod", "tidy")
}

// version is that of the packages of the SDKs.
func (p project) version() string {
	p.Helper()
	name := strings.TrimSuffix(filepath.Base(p.packed("*.tgz")), ".tgz")
	return name[strings.LastIndex(name, "-")+1:]
}

func goEnv(p project, name string) string {
	p.Helper()
	printed, err := exec.CommandContext(p.Context(), "go", "env", name).Output()
	if err != nil {
		p.Fatal(err)
	}
	return strings.TrimSpace(string(printed))
}

func java() language {
	return language{
		name:    "java",
		program: filepath.Join("src", "main", "java", "platform", "App.java"),
		install: installJava,
		compile: []string{"mvn", "--batch-mode", "--quiet", "compile"},
		mistakes: map[string]mistake{
			"type":             {`.version("1.35")`, `.version(1.35)`, []string{"version(double)"}},
			"property":         {`.version("1.35")`, `.verzion("1.35")`, []string{"verzion"}},
			"property further": {`.path(config`, `.paht(config`, []string{"paht", "SyncSpecArgs"}},
		},
	}
}

// installJava names the repository with the package to Maven. The local repository is the tests' own, because that of
// the user would keep what it has once seen of a version.
func installJava(p project) {
	local := filepath.Join(p.cloud.Tree.Tools, "maven")
	if err := os.RemoveAll(filepath.Join(local, "com", "mybackstagedemo")); err != nil {
		p.Fatal(err)
	}
	p.write(".mvn/maven.config", "--settings=.mvn/settings.xml\n-Dmaven.repo.local="+local+"\n")
	p.write(".mvn/settings.xml", `<settings>
  <profiles>
    <profile>
      <id>packages</id>
      <repositories>
        <repository><id>packages</id><url>file://`+p.packed("maven")+`</url></repository>
      </repositories>
    </profile>
  </profiles>
  <activeProfiles><activeProfile>packages</activeProfile></activeProfiles>
</settings>
`)
	p.must("mvn", "--batch-mode", "--quiet", "compile")
}
