# Tokens on their way into requests. The API answers with the Authorization that it was sent, then the body; it looks
# into the arguments of all processes for the token.

== bash
$ tok get api -H | curl -sH @- $URL/
Bearer {token}
$ curl -sK <(tok get api --format curl) $URL/
Bearer {token}
$ tok get api --format curl | curl -sK - $URL/
Bearer {token}
# wget takes no pipe for its configuration: a file that only its owner can read.
$ umask 077; tok get api -H | sed 's/^/header = /' > rc; wget -qO- --config=rc $URL/
Bearer {token}

== bash if xh
$ xh --ignore-stdin -b $URL/ Authorization:@<(tok get api --format bearer)
Bearer {token}
$ tok get api --format bearer -o t; xh --ignore-stdin -b $URL/ Authorization:@t
Bearer {token}

== bash
$ tok curl api -- -s $URL/
Bearer {token}
$ echo body | tok curl api -- -s -d @- $URL/
Bearer {token}
body (no-eol)
$ echo "url = $URL/" | tok curl api -- -s -K -
Bearer {token}
$ echo "url = $URL/" > own; tok curl api -- -K own -s
Bearer {token}
$ tok curl api -- -sK <(echo "url = $URL/")
Bearer {token}
$ exec 3<<< body; tok curl api -- -s -d @/dev/fd/3 $URL/
Bearer {token}
body (no-eol)
# As many requests as one likes.
$ tok curl api -- -s $URL/ $URL/
Bearer {token}
Bearer {token}
$ tok curl api -- -s $URL/ --next -s $URL/
Bearer {token}
Bearer {token}
$ tok curl api -- -s $URL/ -: -s $URL/ -: -s $URL/ -: -sd body $URL/
Bearer {token}
Bearer {token}
Bearer {token}
Bearer {token}
body (no-eol)
$ tok curl api -- -sZ --no-progress-meter $URL/{1,2,3} | sort -u
Bearer {token}
# `.curlrc` counts where it would without `tok`.
$ echo 'data = rc' > .curlrc; tok curl api -- -s $URL/
Bearer {token}
rc (no-eol)
$ echo 'data = rc' > .curlrc; tok curl api -- -qs $URL/
Bearer {token}
$ echo 'data = rc' > .curlrc; tok curl api -- --disable -s $URL/
Bearer {token}
# Output and exit code are curl's.
$ tok curl api -- -sf $URL/refused
[22]
$ tok curl api -- -s -o /dev/null -w '%{http_code} %{exitcode}\n' $URL/refused
403 0
$ tok curl api -- -s http://127.0.0.1:1/
[7]
$ tok curl api -- --no-such-option 2>&-
[2]
$ tok curl api -- -s -o t $URL/; cat t
Bearer {token}
$ tok curl api -- -s $URL/ > /dev/full
[23]
$ tok curl api -- -s $URL/ | head -c 6
Bearer (no-eol)
$ tok curl bad -- -s $URL/ 2>&-
[5]
$ PATH=$HOME/bin; tok curl api -- -s $URL/ 2>&-
[127]
# The token and the secret are in no variable.
$ mkdir b; printf '#!/bin/sh\nenv\n' > b/curl; chmod +x b/curl; PATH=$PWD/b:$PATH; tok curl api -- u | grep -c -e SECRET -e !
0
[1]
# The caller's own Authorization beats ours; never are there two.
$ tok curl api -- -s -H 'Authorization: own' $URL/
own
$ tok curl api -- -s -H'authorization: own' $URL/
own
$ tok curl api -- -s --header 'Authorization: own' $URL/ --next -s $URL/
own
Bearer {token}
$ tok curl api -- -s -H Authorization: $URL/ | wc -c
1
$ tok curl api -- -s --oauth2-bearer own $URL/
Bearer own
$ tok curl api -- -s -u own:password $URL/
Bearer {token}
