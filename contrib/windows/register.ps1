# Registers swf with the Task Scheduler, for your user only. You need no administrator.
#   powershell -ExecutionPolicy Bypass -File register.ps1 -Program C:\Tools\swf.exe -Folder $HOME\study
# To get this script with your paths and a separate name for each folder, run: swf schedule windows
param(
    [Parameter(Mandatory)] [string] $Program,
    [Parameter(Mandatory)] [string] $Folder,
    [string] $Name = 'swf',
    [switch] $Remove
)
$ErrorActionPreference = 'Stop'
$Program = (Resolve-Path -LiteralPath $Program).ProviderPath
$Folder = (Resolve-Path -LiteralPath $Folder).ProviderPath
$Tracker = Get-Content -Raw -Encoding UTF8 -LiteralPath "$PSScriptRoot\swf.xml"
$Watchdog = Get-Content -Raw -Encoding UTF8 -LiteralPath "$PSScriptRoot\swf-watchdog.xml"

# The folder of a task, or nothing if there is no such task.
function Get-SwfFolder([string] $Task) {
    $found = Get-ScheduledTask -TaskName $Task -ErrorAction SilentlyContinue
    if ($found) { @($found.Actions)[0].WorkingDirectory }
}
# Removes the tasks with this name, if they belong to this folder.
function Remove-Swf([string] $Task) {
    if ((Get-SwfFolder $Task) -ne $Folder) { return }
    foreach ($one in $Task, "$Task watchdog") {
        Stop-ScheduledTask -TaskName $one -ErrorAction SilentlyContinue
        Unregister-ScheduledTask -TaskName $one -Confirm:$false -ErrorAction SilentlyContinue
    }
    Write-Output "Removed the task $Task."
}
function Register-Swf([string] $Task, [string] $Xml) {
    $values = @{
        SWF_PROGRAM = $Program
        SWF_FOLDER  = $Folder
        SWF_USER    = [Security.Principal.WindowsIdentity]::GetCurrent().Name
    }
    foreach ($value in $values.GetEnumerator()) {
        $Xml = $Xml.Replace($value.Key, [Security.SecurityElement]::Escape($value.Value))
    }
    Register-ScheduledTask -TaskName $Task -Xml $Xml -Force | Out-Null
}
# Earlier versions of swf gave every folder's task the name swf.
if ($Remove -or $Name -ne 'swf') { Remove-Swf 'swf' }
if ($Remove) {
    if ($Name -ne 'swf') { Remove-Swf $Name }
} else {
    $owner = Get-SwfFolder $Name
    if ($owner -and $owner -ne $Folder) {
        throw "The task $Name belongs to another folder, $owner, so nothing was changed. First run: swf --home '$owner' schedule windows"
    }
    Register-Swf $Name $Tracker
    Register-Swf "$Name watchdog" $Watchdog
    Start-ScheduledTask -TaskName $Name
    Write-Output "The tracker is running, and starts whenever you log on. Its log is in $Folder\var\log."
}
