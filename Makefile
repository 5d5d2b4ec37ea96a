# SPDX-License-Identifier: Apache-2.0
RELEASE ?= 2026.2
LAB = /usr/bin/python3 -m lab

TOX = .tox/bootstrap/bin/tox
LAB_PYTHON = $${LAB_DIR:-/var/lib/nova-live-tune-lab}/venv/bin/python

.DEFAULT_GOAL := help

.PHONY: help demo survival lab lab-down lab-purge lab-status lab-lock test test-releases

help: ## show this
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

demo: lab ## set limits on a running guest, and measure that each takes effect
	@$(LAB_PYTHON) -m lab.demo

survival: lab ## print which limits outlive which operation, and which in Nova alone
	@$(LAB_PYTHON) -m nova_live_tune.tests.e2e.survival
	-@$(LAB_PYTHON) -m nova_live_tune.tests.e2e.survival --without-overlay

# A lab that does not start fails the end-to-end tests; the others still run.
test: ## install what is missing, run every test, print the counts
	-@$(LAB) packages lab
	-@$(LAB) packages test
	@$(MAKE) --no-print-directory $(TOX)
	@NOVA_RELEASE=$(RELEASE) tools/run-tests --tox $(CURDIR)/$(TOX) \
		--lab '$(LAB) up --release $(RELEASE)'

# It goes on where it stopped; E2E=--with-e2e adds the lab on each release.
test-releases: $(TOX) ## run the matrix of Nova's releases, print its table
	@tools/test-releases --tox $(CURDIR)/$(TOX) $(E2E)

$(TOX): tools/tox-requirements.txt
	@/usr/bin/python3 -m venv --clear .tox/bootstrap
	@.tox/bootstrap/bin/pip install --quiet -r tools/tox-requirements.txt
	@touch $@

lab: ## start the one-machine OpenStack, or bring a running one up to date
	@$(LAB) up --release $(RELEASE)

lab-down: ## stop it; what is installed and stored stays for the next start
	@$(LAB) down

lab-purge: ## stop it and remove its folder; Debian packages stay
	@$(LAB) purge

lab-status: ## which of its processes run
	@$(LAB) status

lab-lock: ## choose the pins of the lab's Python packages anew
	@$(LAB) lock --release $(RELEASE)
