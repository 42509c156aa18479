# Completes dcord in PowerShell. In $PROFILE:  dcord completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName dcord -ScriptBlock {
    param($word, $ast, $cursor)

    $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object { "$_" })
    $before = $env:DCORD_COMPLETE
    $env:DCORD_COMPLETE = 'powershell'
    # A word that is empty would be dropped on the way: a blank stands for it.
    $found = dcord -- @words $(if ($word) { $word } else { ' ' }) 2>$null
    $env:DCORD_COMPLETE = $before
    if ($found -eq '<files>') { return }

    $found | ForEach-Object {
        $name, $help = $_ -split "`t", 2
        if (-not $help) { $help = $name }
        [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $help)
    }
}
