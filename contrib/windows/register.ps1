# Registers swf with the Task Scheduler, for your user only; no administrator is needed.
#   powershell -ExecutionPolicy Bypass -File register.ps1 -Program C:\Tools\swf.exe -Folder $HOME\study
# This command prints the same with your paths: swf schedule windows
param(
    [Parameter(Mandatory)] [string] $Program,
    [Parameter(Mandatory)] [string] $Folder
)
$ErrorActionPreference = 'Stop'
$Program = (Resolve-Path -LiteralPath $Program).ProviderPath
$Folder = (Resolve-Path -LiteralPath $Folder).ProviderPath
$Tracker = Get-Content -Raw -Encoding UTF8 -LiteralPath "$PSScriptRoot\swf.xml"
$Watchdog = Get-Content -Raw -Encoding UTF8 -LiteralPath "$PSScriptRoot\swf-watchdog.xml"

function Register-Swf([string] $Name, [string] $Xml) {
    $values = @{
        SWF_PROGRAM = $Program
        SWF_FOLDER  = $Folder
        SWF_USER    = [Security.Principal.WindowsIdentity]::GetCurrent().Name
    }
    foreach ($value in $values.GetEnumerator()) {
        $Xml = $Xml.Replace($value.Key, [Security.SecurityElement]::Escape($value.Value))
    }
    Register-ScheduledTask -TaskName $Name -Xml $Xml -Force | Out-Null
}
Register-Swf 'swf' $Tracker
Register-Swf 'swf watchdog' $Watchdog
Start-ScheduledTask -TaskName 'swf'
Write-Output "The tracker is running, and starts whenever you log on. Its log is in $Folder\var\log."
# To remove both: Unregister-ScheduledTask -TaskName 'swf', 'swf watchdog'
