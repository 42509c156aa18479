# Completes dcord in PowerShell. In $PROFILE:  dcord completions powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName dcord -ScriptBlock {
    param($word, $ast, $cursor)

    # Words as dcord would get them: without their quotes.
    $words = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursor } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { "$_" }
    })
    $typed = "$word" -replace '^[''"]|[''"]$', ''
    $before = $env:DCORD_COMPLETE
    $env:DCORD_COMPLETE = 'powershell'
    # A word that is empty would be dropped on the way: a blank stands for it.
    $found = dcord -- @words $(if ($typed) { $typed } else { ' ' }) 2>$null
    $env:DCORD_COMPLETE = $before
    if ($found -eq '<files>') { return }

    $found | Where-Object { $_ } | ForEach-Object {
        $name, $help = $_ -split "`t", 2
        if (-not $help) { $help = $name }
        # A name may have blanks, or begin with what means something to PowerShell.
        $text = if ($name -match '^[\w./:=+-][\w./:=+,-]*$') { $name } else { "'" + $name.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $name, 'ParameterValue', $help)
    }
}
