// A program for Unix which has forgotten cthreads is told so.
program without_threads;

uses
  SysUtils, PusherWS.Api;

var
  Why: string;

begin
  try
    LoadPusherWS(ParamStr(1));
    Why := 'the library has been loaded';
  except
    on E: EPusherLoad do
      Why := E.Message;
  end;
  if Pos('cthreads first', Why) > 0 then
    WriteLn('ok a program without threads is told so')
  else
  begin
    WriteLn(StdErr, Why);
    ExitCode := 1;
  end;
end.
