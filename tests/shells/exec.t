# `tok exec`: a program in the place of `tok`, as if the shell had started it.

== bash
$ tok exec api=T -- sh -c 'printf "%s\n" "$T"'
{token}
$ tok exec api=T other=U -- sh -c 'test "$T" = "$U" && printf "%s\n" "$T"'
{token}
$ tok exec api --env-header -- printenv ACCESS_TOKEN
Bearer {token}
$ { tok exec api -- sh -c 'kill -KILL $$'; } 2>&-; echo $?
137
$ { tok exec api -- sh -c 'kill -INT $$'; } 2>&-; echo $?
130
$ { tok exec api -- sh -c 'kill -HUP $$'; } 2>&-; echo $?
129
$ { tok exec api -- sh -c 'kill -TERM $$'; } 2>&-; echo $?
143
$ tok exec api -- sh -c 'exit 255'
[255]
$ tok exec api -- no-such-program 2>&-
[127]
$ tok exec api -- . 2>&-
[126]
$ echo no program > plain; tok exec api -- ./plain 2>&-; echo $?
126
# No token, no program.
$ tok exec bad -- touch started 2>&-; echo $?; ls started 2>&-
5
[2]
# Bytes that are no text, in arguments and in the environment.
$ tok exec api -- printf %s $'a\377b' | od -An -tx1
 61 ff 62
$ X=$'\377' tok exec api -- sh -c 'printf %s "$X"' | od -An -tx1
 ff
$ tok exec api -- sh -c 'printf "[%s]" "$@"' sh "" " " "a'b" '"' '$x' '*' -- ; echo
[][ ][a'b]["][$x][*][--]
# No file of ours stays open, and no variable is lost.
$ ls /proc/self/fd > plain; tok exec api -- ls /proc/self/fd | diff plain -
$ unset SHLVL _; export -p > /dev/null; env | grep -v -e ^_= -e ^SECRET= | sort > plain
> tok exec api=T -- env | grep -v -e ^_= -e ^T= | sort | diff plain -
$ X=$(head -c 100000 /dev/zero | tr '\0' x) tok exec api -- sh -c 'echo ${#X}'
100000
# In a pipe that is closed it ends as any other program does.
$ tok exec api -- yes | head -n 1; echo ${PIPESTATUS[0]}
y
141
# Standard streams are the program's own, closed ones too.
$ echo given | tok exec api -- cat
given
$ tok exec api -- true <&- >&- 2>&-
$ tok exec api -- sh -c 'ulimit -c; umask' > plain; sh -c 'ulimit -c; umask' | diff plain -
# A signal that was ignored stays ignored, for the program too, and any other is as it was.
$ trap '' HUP; tok exec api -- sh -c 'kill -HUP $$; echo alive'
alive
$ trap '' WINCH INT; S='grep -e ^SigIgn -e ^SigBlk /proc/self/status'; $S > plain; tok exec api -- $S | diff plain -
