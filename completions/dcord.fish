# Completes dcord in fish. In ~/.config/fish/config.fish:  dcord completions fish | source
# Or put this file into ~/.config/fish/completions.

function __dcord
    set -l found (DCORD_COMPLETE=fish dcord -- (commandline -opc) (commandline -ct) 2>/dev/null)
    if test "$found" = '<files>'
        set -l token (commandline -ct | string unescape)
        set -l flag (string replace -r -- '^(--[^=]*=)?.*' '$1' $token)
        for path in (__fish_complete_path (string replace -r -- '^--[^=]*=' '' $token))
            echo $flag$path
        end
    else
        printf '%s\n' $found
    end
end

complete --command dcord --no-files --keep-order --arguments '(__dcord)'
