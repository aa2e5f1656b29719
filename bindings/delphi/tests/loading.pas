// What LoadPusherWS says where the library is missing, is none, is another version's, or lacks a function; and that
// it loads the right one after all that. scripts/test-pascal.sh makes the wrong ones.
program loading;

{$IFDEF FPC_DELPHI}{$APPTYPE CONSOLE}{$ENDIF}

uses
  {$IFDEF UNIX}cthreads,{$ENDIF} SysUtils, PusherWS.Api;

procedure Fail(const Text: string);
begin
  WriteLn(StdErr, 'loading: ', Text);
  Halt(1);
end;

procedure MustRefuse(const Path: string; const Words: array of string);
var
  I: Integer;
begin
  try
    LoadPusherWS(Path);
  except
    on E: EPusherLoad do
    begin
      for I := 0 to High(Words) do
        if Pos(Words[I], E.Message) = 0 then
          Fail('"' + Words[I] + '" is missing in: ' + E.Message);
      if Pos(Path, E.Message) = 0 then
        Fail('the path is missing in: ' + E.Message);
{$IFNDEF PUSHERWS_IMPORT}
      // Nothing is left that could be called by mistake.
      if Assigned(pusher_abi_version) or Assigned(pusher_client_new) then
        Fail('a function of a library that cannot be used is still there');
{$ENDIF}
      Exit;
    end;
  end;
  Fail('"' + Path + '" has been loaded');
end;

begin
{$IFDEF PUSHERWS_IMPORT}
  MustRefuse(ParamStr(1), ['PUSHERWS_IMPORT']);
  LoadPusherWS;
  WriteLn('ok linked to the library');
{$ELSE}
  MustRefuse(ParamStr(1) + '.not', ['cannot load', '-bit library']);
  WriteLn('ok a missing library');
  MustRefuse(ParamStr(2), ['cannot load']);
  WriteLn('ok a file that is no library');
  MustRefuse(ParamStr(3), ['cannot use', 'not pusherws']);
  WriteLn('ok another library');
  MustRefuse(ParamStr(4), ['cannot use', 'binary interface 7', 'compiled for ' + IntToStr(PUSHERWS_ABI_VERSION)]);
  WriteLn('ok the wrong binary interface');
  MustRefuse(ParamStr(5), ['cannot use', 'pusher_version', PUSHERWS_VERSION]);
  WriteLn('ok a function is missing');
  LoadPusherWS(ParamStr(1));
  LoadPusherWS(ParamStr(1) + '.not'); // it is loaded, so where it could be does not matter
{$ENDIF}
  if StrPas(pusher_version()) <> PUSHERWS_VERSION then
    Fail('the library is version ' + StrPas(pusher_version()) + ', and the unit ' + PUSHERWS_VERSION);
  if not IsMultiThread then
    Fail('IsMultiThread is False');
  WriteLn('ok the right library');
end.
