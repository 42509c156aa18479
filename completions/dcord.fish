# Completes dcord in fish. In ~/.config/fish/config.fish:  dcord completions fish | source
# Or put this file into ~/.config/fish/completions.

function __dcord
    set -l found (DCORD_COMPLETE=fish dcord -- (commandline -opc) (commandline -ct) 2>/dev/null)
    if test "$found" = '<files>'
        __fish_complete_path (commandline -ct | string replace -r -- '^--[^=]*=' '')
    else
        printf '%s\n' $found
    end
end

complete --command dcord --no-files --keep-order --arguments '(__dcord)'
