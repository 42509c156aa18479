# Completes dcord in bash. In ~/.bashrc:  source <(dcord completions bash)

_dcord() {
    local line found
    COMPREPLY=()
    found=$(DCORD_COMPLETE=bash dcord -- "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null) || return
    if [[ $found == '<files>' ]]; then
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$2")
        return
    fi
    while IFS= read -r line; do
        [[ -n $line ]] && COMPREPLY+=("$line")
    done <<<"$found"
    # One that goes on, such as a list of names, gets no space.
    [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=,] ]] && compopt -o nospace 2>/dev/null
    return 0
}

# Bash before 4.4, which macOS has, knows no nosort.
complete -o nosort -F _dcord dcord 2>/dev/null || complete -F _dcord dcord
