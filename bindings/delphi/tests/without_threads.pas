// A program for Unix which has forgotten cthreads is told so.
program without_threads;

uses
  SysUtils, PusherWS.Api;

begin
  try
    LoadPusherWS(ParamStr(1));
  except
    on E: EPusherLoad do
      if Pos('cthreads first', E.Message) > 0 then
      begin
        WriteLn('ok a program without threads is told so');
        Halt(0);
      end
      else
        WriteLn(StdErr, E.Message);
  end;
  WriteLn(StdErr, 'without_threads: the library has been loaded');
  Halt(1);
end.
