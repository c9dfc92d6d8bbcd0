# What CI systems read: the file of a GitHub workflow, dotenv lines, logging commands.

== bash
# GitHub's runner reads a line up to the first equals sign.
$ GITHUB_ENV=$PWD/env tok env api=T --github 2>&-; sed -n 's/^T=//p' env
{token}
$ printf A=1 > env; GITHUB_ENV=$PWD/env tok env api=T --github 2>&-; sed -n 's/^T=//p' env; grep -c ^A=1$ env
{token}
1
$ GITHUB_ENV=$PWD/env tok env api=T bad=U --github 2>&-; echo $?; cat env 2>&-
5
[1]
# The runner reads both streams; the mask must be first, and come from `$(…)` too.
$ export GITHUB_ACTIONS=true; tok get api 2>&1 | sed -n '1p;$p'
{mask}
{token}
$ export GITHUB_ACTIONS=true; { t=$(tok get api); } 2>&1 | head -n 1
{mask}
# Azure's agent: the token is a variable of the later steps, and masked.
$ export TF_BUILD=True; { token=$(tok get api); } 2>log; head -n 1 log; echo "##vso[task.setvariable variable=T;issecret=true]$token"
{azure-mask}
##vso[task.setvariable variable=T;issecret=true]{token}
# CircleCI reads its file at the start of each step.
$ export BASH_ENV=$PWD/env; tok env api >> $BASH_ENV; bash -c 'printf "%s\n" "$ACCESS_TOKEN"'
{token}
$ export BASH_ENV=$PWD/env; tok env bad >> $BASH_ENV 2>&-; echo $?; bash -c 'echo ${ACCESS_TOKEN-gone}'
5
gone
$ tok env api=A other=B --dotenv | sed 's/=.*//'; tok env api=A --dotenv | sed 's/^A=//'
A
B
{token}
$ tok env api=A bad=B --dotenv 2>&-
[5]
# Buildkite's redactor takes what comes on standard input, without the line break at its end.
$ set -o pipefail; tok get api --min-ttl 10m | cat
{token}
$ set -o pipefail; tok get bad --min-ttl 10m 2>&- | cat
[5]
