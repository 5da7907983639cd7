.PHONY: help
help:
	@echo "make demo | test | check | fix | bench | diagrams"
