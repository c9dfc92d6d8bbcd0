//! What the library's script for bash lacks.

/// The script with `--option=value` as one word.
pub(super) fn mended(script: &str) -> String {
    script.replace(CURRENT_WORD, WORDS).replace(END, REPLY)
}

/// Where the library's script for bash has the word under the cursor.
const CURRENT_WORD: &str = r#"    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        words[COMP_CWORD]="$2"
    fi
"#;

/// readline cuts `--option=value` into three words: they are put together again, and what comes back is cut likewise.
const WORDS: &str = r#"    if [[ "${BASH_VERSINFO[0]}" -ge 4 && "${words[COMP_CWORD]}" != "=" ]]; then
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

/// The end of the library's function for bash.
const END: &str = r"        compopt -o nospace
    fi
}
";

const REPLY: &str = r#"        compopt -o nospace
    fi
    if [[ $cut == true ]]; then
        COMPREPLY=("${COMPREPLY[@]#*=}")
    fi
}
"#;

#[cfg(test)]
mod tests {
    use super::*;

    /// Another version of the library may write another script.
    #[test]
    fn there_is_something_to_mend() {
        let script = super::super::script(crate::cli::Shell::Bash).unwrap();
        assert!(script.contains(WORDS) && script.contains(REPLY), "{script}");
    }
}
