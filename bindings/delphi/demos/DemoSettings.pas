// What the demos share: the server to talk to, taken from the environment.
//
//   PUSHER_KEY      the application's key
//   PUSHER_SECRET   its secret, for private and presence channels
//   PUSHER_CLUSTER  one of Pusher's clusters, such as eu
//   PUSHER_HOST     or a server of your own, with
//   PUSHER_PORT     its port, and
//   PUSHER_TLS      0 for ws:// instead of wss://
//   PUSHERWS        the library's path, where the system would not find it
unit DemoSettings;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}

interface

uses
  PusherWS;

procedure TakeSettings(Pusher: TPusherClient);

implementation

uses
{$IFDEF FPC}
  SysUtils,
{$ELSE}
  System.SysUtils,
{$ENDIF}
  PusherWS.Api;

procedure TakeSettings(Pusher: TPusherClient);
begin
  LoadPusherWS(GetEnvironmentVariable('PUSHERWS'));
  Pusher.Key := GetEnvironmentVariable('PUSHER_KEY');
  Pusher.Secret := GetEnvironmentVariable('PUSHER_SECRET');
  Pusher.Cluster := GetEnvironmentVariable('PUSHER_CLUSTER');
  Pusher.Host := GetEnvironmentVariable('PUSHER_HOST');
  Pusher.Port := StrToIntDef(GetEnvironmentVariable('PUSHER_PORT'), 0);
  Pusher.TLS := GetEnvironmentVariable('PUSHER_TLS') <> '0';
end;

end.
