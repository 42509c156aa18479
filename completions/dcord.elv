# Completes dcord in elvish. In ~/.config/elvish/rc.elv:  eval (dcord completions elvish | slurp)

use str
set edit:completion:arg-completer[dcord] = {|@words|
    var found = [(env DCORD_COMPLETE=elvish dcord -- $@words 2>/dev/null | from-lines)]
    if (and (== (count $found) 1) (eq $found[0] '<files>')) {
        edit:complete-filename $words[-1]
    } else {
        for line $found {
            if (str:contains $line "\t") {
                var name help = (str:split &max=2 "\t" $line)
                edit:complex-candidate $name &display=$name'  '$help
            }
        }
    }
}
