//! What clap's script for bash lacks: completion of `--option=value`.

/// Adds it to the script.
pub(super) fn patch(script: &str) -> String {
    script
        .replace(CURRENT_WORD, JOINED_WORDS)
        .replace(END, CUT_REPLY)
}

/// Where clap's script puts the word under the cursor.
const CURRENT_WORD: &str = r#"    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
"#;

/// readline cuts `--option=value` into three words: join them, and cut the candidates likewise.
const JOINED_WORDS: &str = r#"    if [[ "${BASH_VERSINFO[0]}" -ge 4 && "${words[COMP_CWORD]}" != "=" ]]; then
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
"#;

/// The end of clap's function.
const END: &str = r"        compopt -o nospace
    fi
}
";

const CUT_REPLY: &str = r#"        compopt -o nospace
    fi
    if [[ $cut == true ]]; then
        COMPREPLY=("${COMPREPLY[@]#*=}")
    fi
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// Another version of clap may write another script.
    #[test]
    fn the_script_is_patched_in_both_places() {
        let script = super::super::script(crate::cli::Shell::Bash).unwrap();
        let is_patched = script.contains(JOINED_WORDS) && script.contains(CUT_REPLY);
        assert!(is_patched, "{script}");
    }
}
