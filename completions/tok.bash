_clap_complete_tok() {
    local IFS=$'\013'
    local _CLAP_COMPLETE_INDEX=${COMP_CWORD}
    local _CLAP_COMPLETE_COMP_TYPE=${COMP_TYPE}
    if compopt +o nospace 2> /dev/null; then
        local _CLAP_COMPLETE_SPACE=false
    else
        local _CLAP_COMPLETE_SPACE=true
    fi
    local words=("${COMP_WORDS[@]}")
    if [[ "${BASH_VERSINFO[0]}" -ge 4 && "${words[COMP_CWORD]}" != "=" ]]; then
        words[COMP_CWORD]="$2"
    fi
    local i last=-1 cut=false joined=()
    for ((i = 0; i < ${#words[@]}; i++)); do
        if ((last > 0)) && [[ "${joined[last]}" == --*= || "${joined[last]}" == --* && "${words[i]}" == "=" ]]; then
            joined[last]+="${words[i]}"
            if ((i == COMP_CWORD)); then cut=true; fi
        else
            joined[++last]="${words[i]}"
        fi
        if ((i == COMP_CWORD)); then _CLAP_COMPLETE_INDEX=$last; fi
    done
    words=("${joined[@]}")
    COMPREPLY=( $( \
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$_CLAP_COMPLETE_INDEX" \
        _CLAP_COMPLETE_COMP_TYPE="$_CLAP_COMPLETE_COMP_TYPE" \
        _CLAP_COMPLETE_SPACE="$_CLAP_COMPLETE_SPACE" \
        COMPLETE="bash" \
        "tok" -- "${words[@]}" \
    ) )
    if [[ $? != 0 ]]; then
        unset COMPREPLY
    elif [[ $_CLAP_COMPLETE_SPACE == false ]] && [[ "${COMPREPLY-}" =~ [=/:]$ ]]; then
        compopt -o nospace
    fi
    if [[ $cut == true ]]; then
        COMPREPLY=("${COMPREPLY[@]#*=}")
    fi
}
if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -o nospace -o bashdefault -o nosort -F _clap_complete_tok tok
else
    complete -o nospace -o bashdefault -F _clap_complete_tok tok
fi
