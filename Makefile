# Tools that others made go to .bin/, our own programs to bin/. Both folders are safe to remove.

VERSION ?= 0.1.0
ifneq ($(filter v%,$(VERSION)),)
$(error VERSION is $(VERSION), but versions of Pulumi plugins have no leading v: give it as $(VERSION:v%=%))
endif

MODULE := github.com/my-backstage-demo/pulumi-gitops-cluster
TOOL := tests/toolchain/build
# Compilers and linters take minutes to build and have no part in a demo, nor have controllers that its repository asks
# nothing of.
NOT_IN_DEMO := golangci-lint actionlint cyclonedx-gomod typescript operator-crds pulumi-language-go pulumi-language-nodejs \
	helm-controller notification-controller
DEMO_TOOLS = $(filter-out $(NOT_IN_DEMO),$(shell $(TOOL) --list))
GOLANGCI := $(CURDIR)/.bin/golangci-lint
SDKS := go nodejs python dotnet java
GO_SDK := sdk/go/gitopscluster
# What is made by `make schema` and `make sdks`, and by Go itself.
GENERATED := schema.json sdk go.mod go.sum

export PULUMI_SKIP_UPDATE_CHECK := true
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
# The same for building, testing and linting: with other flags Go would compile everything once more, and Pulumi's SDKs
# take minutes. Without buildvcs, because git refuses to answer where another user owns the checkout, as in many a CI.
export CGO_ENABLED := 0
# Of this checkout alone: the linter's cache goes by content, and would name the files of another one.
export GOLANGCI_LINT_CACHE := $(CURDIR)/.bin/.golangci-lint
export GOFLAGS := $(GOFLAGS) -trimpath -buildvcs=false

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##### The demo

.PHONY: demo
demo: demo-tools build ## Create a GitOps cluster on the local cloud, from nothing
	bin/demo up

.PHONY: demo-again
demo-again: demo-tools build ## Run pulumi up a second time, which must change nothing
	bin/demo again

.PHONY: demo-destroy
demo-destroy: demo-tools build ## Destroy the demo and count what is left
	bin/demo destroy

##### Building

.PHONY: tools
tools: ## Build Pulumi, Kubernetes, Flux and linters into .bin/ (the first time takes long)
	@tests/toolchain/preflight
	@$(TOOL)

.PHONY: demo-tools
demo-tools:
	@tests/toolchain/preflight
	@$(TOOL) $(DEMO_TOOLS)

.PHONY: build
build: bin/pulumi-resource-gitops-cluster bin/localcloud bin/pulumi-resource-aws bin/demo ## Build our own programs into bin/

# Go itself knows what is up to date, better than a list of files here could.
.PHONY: FORCE
FORCE:

bin/pulumi-resource-gitops-cluster: FORCE
	go build -ldflags "-s -w -X $(MODULE)/provider.Version=$(VERSION)" -o $@ ./provider/cmd/$(@F)

bin/localcloud bin/pulumi-resource-aws: FORCE
	go build -ldflags "-s -w" -o $@ ./tests/localcloud/cmd/$(@F)

# timed COMMAND: says what it runs, and at the end how long that took.
define timed
@start=$$(date +%s); echo '$(1)'; $(1) && echo "That took $$(($$(date +%s) - start))s."
endef

# A module of its own: Pulumi's Terraform bridge is nothing that the provider or its tests should carry.
bin/witness/pulumi-resource-aws: FORCE
	$(call timed,cd tests/witness && go build -ldflags "-s -w" -o $(CURDIR)/$@ .)

bin/demo: FORCE
	go build -ldflags "-s -w" -o $@ ./tests/demo

.PHONY: install
install: bin/pulumi-resource-gitops-cluster ## Install the plugin for the pulumi on your PATH
	pulumi plugin install resource gitops-cluster $(VERSION) --file $< --reinstall

##### Generating

.PHONY: schema
schema: ## Write schema.json from the provider's Go types, and the reference from that
	UPDATE_GOLDEN=1 go test -count=1 ./provider -run '^TestSchemaGolden$$'
	UPDATE_GOLDEN=1 go test -count=1 ./tests/docs -run '^TestReference$$'

# The SDKs are made elsewhere and take the place of the old ones when all of them compile. The Go SDK's go.mod and go.sum
# and the Java SDK's pom.xml are ours: the generators write none. Nothing here compiles the one for .NET.
.PHONY: sdks
sdks: ## Generate the SDKs from schema.json and compile them
	@tests/toolchain/preflight python java
	@$(TOOL) typescript
	rm -rf .bin/sdk .bin/typescript/sdk
	cd tests/sdk/generate && go build -o $(CURDIR)/.bin/generate-sdks .
	.bin/generate-sdks schema.json $(VERSION) sdk/logo.png .bin/sdk
	cp $(GO_SDK)/go.mod $(GO_SDK)/go.sum .bin/$(GO_SDK)/
	sed 's|<version>.*</version><!-- this package -->|<version>$(VERSION)</version><!-- this package -->|' \
		sdk/java/pom.xml >.bin/sdk/java/pom.xml
	cd .bin/$(GO_SDK) && go build ./...
	cp -R .bin/sdk/nodejs .bin/typescript/sdk
	cd .bin/typescript/sdk && ../node_modules/.bin/tsc
	PYTHONPYCACHEPREFIX=.bin/.pycache python3 -m compileall -q .bin/sdk/python
	mvn --batch-mode --quiet --file .bin/sdk/java/pom.xml -DbuildDirectory=$(CURDIR)/.bin/java compile
	rm -rf $(foreach language,$(SDKS),sdk/$(language))
	cp -R $(foreach language,$(SDKS),.bin/sdk/$(language)) sdk/

##### Releasing

.PHONY: packages
packages: ## Pack the SDKs for npm, PyPI and Maven into dist/packages/
	@tests/toolchain/preflight node python java
	@$(TOOL) typescript
	tests/sdk/pack dist/packages

# Each target compiles everything once more: TARGETS=linux-amd64 builds for one.
.PHONY: release-snapshot
release-snapshot: ## Build the archives of the plugin for all targets into dist/release/
	@$(TOOL) cyclonedx-gomod
	tests/release/archives $(VERSION) dist/release $(TARGETS)

# What is recorded for a version stays as it is from its release on.
.PHONY: record-release
record-release: tools build schema release-candidate ## Record the schema and a state of a version, for later ones to keep to
	RECORD_RELEASE=$(VERSION) go test -count=1 ./tests/release

##### Measuring

# Where the time goes, on AWS's durations: SCALE is how many seconds one of AWS's takes here.
SCALE ?= 0.05
.PHONY: timeline
timeline: demo-tools build ## Bring the example up and down in AWS's time, and report what waits for what
	go run ./tests/timeline/cmd/timeline -latency $(SCALE) -out dist/timeline

.PHONY: bench-plugin
bench-plugin: demo-tools build ## Measure the plugin's start, memory and size beside pulumi-resource-eks
	go run ./tests/bench/plugin

RUNS ?= 5

# All programs are compiled before they are measured. That in TypeScript takes the packages that pulumi-eks has brought.
.PHONY: compare
compare: tools build ## Measure the example with the component beside the same written by hand, in Go and in TypeScript
	go build -ldflags "-s -w" -o bin/bench/ ./tests/bench/byhand ./tests/bench/component
	rm -rf bin/bench/typescript
	cp -R tests/bench/typescript bin/bench/typescript
	ln -s $(CURDIR)/.bin/eks-plugin/node_modules bin/bench/typescript/node_modules
	node --max-old-space-size=6144 .bin/typescript/node_modules/.bin/tsc --project bin/bench/typescript
	go run ./tests/bench/compare -runs $(RUNS)

# Three numbers, because two make a straight line whatever they are. Fifty clusters take a quarter of an hour and 5 GB.
CLUSTERS ?= 1,10,50
.PHONY: scale
scale: RUNS = 1
scale: demo-tools build ## Measure 1, 10 and 50 clusters in a stack
	go run ./tests/bench/scale -runs $(RUNS) -clusters $(CLUSTERS) $(if $(LIVE),-live)

.PHONY: order
order: tools build ## Lay the original demo's order beside the component's, on AWS's durations
	go build -ldflags "-s -w" -o bin/bench/ ./tests/bench/demo
	go run ./tests/bench/order

.PHONY: bench
bench: bench-plugin compare order ## Run all measurements of this kind

##### Checking

# or_run WHAT,COMMAND: fails with a sentence that says which command mends it.
define or_run
|| { echo "make verify: $(1): run $(2) and commit the result" >&2; exit 1; }
endef

.PHONY: verify
verify: ## Check that everything generated is what the sources give
	@$(TOOL) golangci-lint
	$(GOLANGCI) fmt --diff $(call or_run,the code is not formatted,make fmt)
	go mod tidy -diff $(call or_run,go.mod or go.sum is not tidy,go mod tidy)
	cd tests/sdk/generate && go mod tidy -diff $(call or_run,go.mod or go.sum of the generator is not tidy,go mod tidy in tests/sdk/generate)
	cd $(GO_SDK) && go mod tidy -diff $(call or_run,go.mod or go.sum of the Go SDK is not tidy,go mod tidy in $(GO_SDK))
	$(MAKE) schema
	$(MAKE) sdks
	@changes=$$(git -c safe.directory='$(CURDIR)' status --porcelain -- $(GENERATED)) && test -z "$$changes" \
		$(call or_run,these differ from what is committed: $$changes,make schema sdks)

.PHONY: lint
lint: ## Run the linters
	@$(TOOL) golangci-lint
	$(GOLANGCI) run ./...
	cd tests/toolchain/flux-manifests && $(GOLANGCI) run ./...
	cd tests/sdk/generate && $(GOLANGCI) run ./...

.PHONY: fmt
fmt: ## Format the code
	@$(TOOL) golangci-lint
	$(GOLANGCI) fmt

# One package at a time: each of those on the local cloud keeps both cores busy. What test-unit has just run is cached.
.PHONY: test
test: tools build test-unit release-candidate ## Run all tests, on the local cloud too, but for test-backstage and test-languages
	go test -p 1 -timeout 40m $$(go list ./... | grep -v -e '/tests/backstage$$' -e '/tests/languages$$')

# For this machine alone, with a version that the sources do not know.
.PHONY: release-candidate
release-candidate:
	@$(TOOL) cyclonedx-gomod
	tests/release/archives $(VERSION)-rc.1 .bin/release-candidate $$(go env GOHOSTOS)-$$(go env GOHOSTARCH)

.PHONY: test-unit
test-unit: ## Run the tests that need no local cloud
	@$(TOOL) flux-manifests actionlint
	go test -timeout 10m ./provider/... ./tests/construct/... ./tests/workflows/...

# Apart, because it compiles everything once more, and with a C compiler. TestBomb counts memory, of which the detector
# asks for more.
.PHONY: race
race: ## Run the provider's tests under Go's race detector
	@$(TOOL) flux-manifests
	CGO_ENABLED=1 go test -race -timeout 30m -skip '^TestBomb$$' ./provider/... ./tests/construct

# Apart, because it installs half a gigabyte of packages and compiles a database.
.PHONY: test-backstage
test-backstage: tools build ## Run the tests with the real Backstage
	@tests/toolchain/preflight gyp
	@$(TOOL) backstage
	go test -p 1 -count=1 -timeout 40m ./tests/backstage

# Nothing of it is built by `make tools`.
.PHONY: acceptance
acceptance: acceptance-times tools build witness-tools bin/witness/pulumi-resource-aws ## Run the programs against the real AWS provider on an emulator
	$(call timed,ACCEPTANCE_REPORTS=$(CURDIR)/bin/witness \
		go test -tags acceptance -count=1 -timeout 60m -v ./tests/acceptance)
	$(call timed,LOCALCLOUD_AWS=moto go test -count=1 -timeout 90m -v ./tests/engine)

.PHONY: acceptance-times
acceptance-times:
	@echo 'On two cores: beside the tools of the other tests, half an hour at most to build the real provider, its bridge'
	@echo 'and the emulator; a quarter of an hour to compare the two AWS; half an hour for the programs of the tests.'
	@echo 'Each step says its time. The programs that cannot run on the emulator are skipped, and say why.'

.PHONY: witness-tools
witness-tools: ## Build the real AWS provider and the emulator
	@$(TOOL) moto terraform-provider-aws

# Apart from the others: type-checking Pulumi's Terraform bridge takes as long as compiling it.
.PHONY: witness-lint
witness-lint: ## Run the linters on the witness
	@$(TOOL) golangci-lint
	cd tests/witness && go mod tidy -diff
	cd tests/witness && $(GOLANGCI) run ./...

# Apart, because it installs Pulumi's SDK in every language and brings each program up.
.PHONY: test-languages
test-languages: tools build packages ## Run the examples in every language from the packages of the SDKs
	@$(TOOL) pulumi-language-python pulumi-language-java
	go test -p 1 -count=1 -timeout 40m ./tests/languages

# The tests do a few of them; FAULTS_SEED draws others.
FAULTS_REFUSALS ?= 3
FAULTS_SEED ?= 1
.PHONY: faults
faults: tools build ## Bring stacks up and down while AWS fails and processes are killed, and print what survived what
	FAULTS_REFUSALS=$(FAULTS_REFUSALS) FAULTS_SEED=$(FAULTS_SEED) go test -p 1 -count=1 -timeout 90m -v ./tests/faults

# How long each target is fuzzed; FUZZ=FuzzConnect is one of them. Only what is to guide the fuzzer is compiled for it:
# `go test -fuzz` would do so with everything, Kubernetes' client and Pulumi's SDKs included, and take an hour.
FUZZTIME ?= 1m
FUZZ ?= Fuzz
FUZZ_GUIDES := $(MODULE)/... archive/tar k8s.io/client-go/tools/clientcmd/... github.com/fluxcd/pkg/...
.PHONY: fuzz
fuzz: ## Give every parser of outside data inputs that nobody thought of, FUZZTIME each
	@$(TOOL) flux-manifests
	@mkdir -p .bin/.fuzz
	@set -e; for target in $$(grep -ro --include='*_test.go' '^func $(FUZZ)[A-Za-z]*' provider | sed 's|/[^/]*:func |:|' | sort); do \
		folder=$${target%:*}; name=$${target#*:}; \
		echo "fuzzing $$name of $$folder for $(FUZZTIME)"; \
		go test -c $(FUZZ_GUIDES:%=-gcflags=%=-d=libfuzzer) -o .bin/.fuzz/fuzz.test "./$$folder"; \
		(cd "$$folder" && $(CURDIR)/.bin/.fuzz/fuzz.test -test.run '^$$' -test.fuzz "^$$name\$$" \
			-test.fuzztime $(FUZZTIME) -test.fuzzminimizetime 1s -test.fuzzcachedir $(CURDIR)/.bin/.fuzz/found); \
	done

.PHONY: test-race
test-race: ## Run the local cloud's tests under the race detector, which needs a C compiler
	tests/toolchain/preflight cc
	CGO_ENABLED=1 go test -race -p 1 -timeout 40m ./tests/localcloud/...

.PHONY: clean
clean: ## Remove our own programs; the tools stay (rm -r .bin removes them too)
	rm -rf bin dist .bin/sdk .bin/java .bin/pack .bin/typescript/sdk
