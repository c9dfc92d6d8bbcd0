# `tok env` in the shells that read it.

== bash dash zsh
$ eval "$(tok env api)"; printf '%s\n' "$ACCESS_TOKEN"
{token}
$ eval "$(tok env api=A other=B)"; printenv A B
{token}
{token}
$ eval "$(tok env api=A --expires)"; test "$A_EXPIRES_AT" -gt 1700000000
$ A=old; eval "$(tok env bad=A 2>&-)"; echo "$? ${A-gone}"
5 gone
$ A=old; B=old; eval "$(tok env api=A bad=B 2>&-)"; echo "$? ${A-gone} ${B-gone}"
5 gone gone
$ set -e; eval "$(tok env bad 2>&-)"; echo reached
[5]
$ eval "$(tok env bad 2>&-)" || echo caught
caught
$ f() { eval "$(tok env bad 2>&-)"; echo $?; }; f
5
$ ACCESS_TOKEN=old; eval "$(tok env api --no-such 2>&-)"; echo "$? ${ACCESS_TOKEN-gone}"
2 gone
$ set -u; eval "$(tok env 2>&-)"; echo $?
2
$ if eval "$(tok env bad 2>&-)"; then echo yes; else echo "no $?"; fi
no 5
$ (eval "$(tok env bad 2>&-)"); echo $?
5
# The shell's own settings do not matter.
$ IFS=t; set -f; set -u; eval "$(tok env api=A other=B)"; printf '%s\n' "$A" "$B"
{token}
{token}
$ f() { eval "$(tok env api)"; }; f; sh -c 'eval "$(tok env other=B)"; printf "%s\n" "$ACCESS_TOKEN" "$B"'
{token}
{token}
$ A_EXPIRES_AT=1; eval "$(tok env bad=A --expires 2>&-)"; echo "$? ${A_EXPIRES_AT-gone}"
5 gone
# No shell takes these names, so that none of the requested variables is set.
$ ACCESS_TOKEN=old; eval "$(tok env api=ACCESS-TOKEN 2>&-)"; echo "$? ${ACCESS_TOKEN-gone}"
2 gone
$ eval "$(tok env 'api=A;echo broken' 2>&-)"; echo $?
2
$ eval "$(tok env 'api=A$(echo broken)' 2>&-)"; echo $?
2
$ eval "$(tok env '$(echo broken)' 2>&-)"; echo $?
3

== bash zsh
$ set -euo pipefail; eval "$(tok env api)"; printf '%s\n' "$ACCESS_TOKEN"
{token}
$ set -euo pipefail; eval "$(tok env bad 2>&-)"; echo reached
[5]
$ set -euo pipefail; tok get bad 2>&- | cat; echo reached
[5]

== bash
$ trap 'echo trapped; exit 9' ERR; eval "$(tok env bad 2>&-)"; echo on
trapped
[9]
$ set -o posix; eval "$(tok env bad 2>&-)"; echo $?
5

== fish
$ tok env api --shell fish | source; printf '%s\n' "$ACCESS_TOKEN"
{token}
$ eval (tok env api=A other=B --shell fish); printenv A; printenv B
{token}
{token}
$ set -gx A old; tok env bad=A --shell fish 2>/dev/null | source; echo $status; set -q A; or echo gone
5
gone
$ set -gx A old; eval (tok env bad=A --shell fish 2>/dev/null); echo $status; set -q A; or echo gone
5
gone
$ function f; eval (tok env bad --shell fish 2>/dev/null); or echo caught; end; f; echo after
caught
after
$ eval (tok env api --shell fish --no-such 2>/dev/null); echo $status
2
$ set -gx A 1; set -gx A_EXPIRES_AT 1; tok env bad=A --expires --shell fish 2>/dev/null | source; echo $status
> set -q A; or set -q A_EXPIRES_AT; or echo gone
5
gone
$ tok env api=A --expires --shell fish | source; test $A_EXPIRES_AT -gt 1700000000; and echo yes
yes
$ tok env 'api=A;echo broken' --shell fish 2>/dev/null | source; echo $status
2

== pwsh if pwsh
$ tok env api --shell pwsh | Out-String | Invoke-Expression; $env:ACCESS_TOKEN
{token}
$ $env:A = 'old'; tok env bad=A --shell pwsh 2>$null | Out-String | Invoke-Expression 2>$null
> "$LASTEXITCODE $(Test-Path Env:A)"
5 False
